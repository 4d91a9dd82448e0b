import { timestampDate, type Timestamp } from "@bufbuild/protobuf/wkt";
import type { Words } from "./sv";

type Moment = Timestamp | Date | number | undefined;

function dateOf(moment: Moment): Date | null {
  if (moment === undefined) return null;
  if (moment instanceof Date) return moment;
  return typeof moment === "number" ? new Date(moment) : timestampDate(moment);
}

/** Dates and numbers as people say them, in the municipality's zone: "torsdag 26 nov 12.00". */
export class Formats {
  private readonly parts: Intl.DateTimeFormat;
  private readonly numbers: Intl.NumberFormat;
  private readonly decimals: Intl.NumberFormat;
  private readonly percents: Intl.NumberFormat;

  constructor(
    private readonly lang: "sv" | "en",
    private readonly words: Words,
    readonly zone: string,
  ) {
    const locale = lang === "sv" ? "sv-SE" : "en-GB";
    this.parts = new Intl.DateTimeFormat(locale, {
      timeZone: zone,
      weekday: "long",
      day: "numeric",
      month: "short",
      year: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    this.numbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
    this.decimals = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
    this.percents = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
  }

  private pieces(date: Date): Record<string, string> {
    return Object.fromEntries(this.parts.formatToParts(date).map(({ type, value }) => [type, value]));
  }

  time(moment: Moment): string {
    const date = dateOf(moment);
    if (date === null) return this.words.common.unknown;
    const { hour, minute } = this.pieces(date);
    return `${hour}${this.lang === "sv" ? "." : ":"}${minute}`;
  }

  /** "26 nov", with the year when it is another than now's. */
  day(moment: Moment, now: number = Date.now()): string {
    const date = dateOf(moment);
    if (date === null) return this.words.common.unknown;
    const { day, month, year } = this.pieces(date);
    const short = `${day} ${(month ?? "").replace(".", "")}`;
    return year === this.pieces(new Date(now))["year"] ? short : `${short} ${year}`;
  }

  dayTime(moment: Moment): string {
    return dateOf(moment) === null ? this.words.common.unknown : `${this.day(moment)} ${this.time(moment)}`;
  }

  /** "torsdag 26 nov 12.00" */
  weekdayTime(moment: Moment): string {
    const date = dateOf(moment);
    if (date === null) return this.words.common.unknown;
    return `${this.pieces(date)["weekday"]} ${this.day(date)} ${this.time(date)}`;
  }

  number(value: number | bigint): string {
    return this.numbers.format(value);
  }

  decimal(value: number): string {
    return this.decimals.format(value);
  }

  percent(share: number): string {
    return this.percents.format(share);
  }

  /** A length of time in its largest whole unit: "12 s", "3 min", "2 dagar". */
  span(ms: number): string {
    const { seconds, minutes, hours, days } = this.words.common.units;
    const s = Math.max(0, Math.round(ms / 1000));
    if (s < 60) return seconds(s);
    if (s < 3600) return minutes(Math.floor(s / 60));
    if (s < 48 * 3600) return hours(Math.floor(s / 3600));
    return days(Math.floor(s / 86400));
  }

  ago(moment: Moment, now: number): string {
    const date = dateOf(moment);
    if (date === null) return this.words.common.unknown;
    const past = now - date.getTime();
    const { justNow, ago } = this.words.common.units;
    return past < 10_000 ? justNow : ago(this.span(past));
  }
}
