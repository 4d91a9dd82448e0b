import type { WeekNumber } from "../api/queries/weeks";

const DAY = 86_400_000;

/** The ISO week that a moment lies in, by the calendar of `zone`. */
export function weekOf(moment: Date, zone: string): WeekNumber {
  // By parts: how a locale writes a date as a whole changes from one release of its data to the next.
  const parts = new Intl.DateTimeFormat("en", { timeZone: zone, year: "numeric", month: "numeric", day: "numeric" }).formatToParts(moment);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  return weekOfDay(Date.UTC(part("year"), part("month") - 1, part("day")));
}

/** `day` is midnight UTC of the calendar day. The week belongs to the year that its Thursday lies in. */
function weekOfDay(day: number): WeekNumber {
  const weekday = (new Date(day).getUTCDay() + 6) % 7;
  const thursday = day + (3 - weekday) * DAY;
  const year = new Date(thursday).getUTCFullYear();
  return { year, week: Math.floor((thursday - Date.UTC(year, 0, 1)) / (7 * DAY)) + 1 };
}

/** Midnight UTC of the week's Monday, as a calendar day. */
export function mondayOf({ year, week }: WeekNumber): number {
  const fourth = Date.UTC(year, 0, 4);
  const weekday = (new Date(fourth).getUTCDay() + 6) % 7;
  return fourth - weekday * DAY + (week - 1) * 7 * DAY;
}

export function weeksFrom(week: WeekNumber, steps: number): WeekNumber {
  return weekOfDay(mondayOf(week) + steps * 7 * DAY);
}

/** "2026-W47", as in the page's address. */
export function writeWeek({ year, week }: WeekNumber): string {
  return `${year}-W${String(week).padStart(2, "0")}`;
}

export function readWeek(text: string | undefined): WeekNumber | null {
  const found = /^(\d{4})-W(\d{2})$/.exec(text ?? "");
  if (found === null) return null;
  const week = { year: Number(found[1]), week: Number(found[2]) };
  return week.week >= 1 && week.week <= 53 && weeksFrom(week, 0).week === week.week ? week : null;
}
