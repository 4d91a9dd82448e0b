import { describe, expect, it } from "vitest";
import { readWeek, weekOf, weeksFrom, writeWeek } from "./weeks";

describe("ISO weeks", () => {
  it("follow the zone's calendar and the year of the Thursday", () => {
    expect(weekOf(new Date("2026-11-22T12:00:00Z"), "Europe/Stockholm")).toEqual({ year: 2026, week: 47 });
    expect(weekOf(new Date("2026-11-22T23:30:00Z"), "Europe/Stockholm")).toEqual({ year: 2026, week: 48 });
    expect(weekOf(new Date("2027-01-02T12:00:00Z"), "Europe/Stockholm")).toEqual({ year: 2026, week: 53 });
    expect(weekOf(new Date("2024-12-30T12:00:00Z"), "Europe/Stockholm")).toEqual({ year: 2025, week: 1 });
  });

  it("step over the turn of a year of 53 weeks", () => {
    expect(weeksFrom({ year: 2026, week: 53 }, 1)).toEqual({ year: 2027, week: 1 });
    expect(weeksFrom({ year: 2027, week: 1 }, -1)).toEqual({ year: 2026, week: 53 });
  });

  it("are read from an address only when there is such a week", () => {
    expect(readWeek("2026-W47")).toEqual({ year: 2026, week: 47 });
    expect(readWeek("2025-W53")).toBeNull();
    expect(readWeek("now")).toBeNull();
    expect(writeWeek({ year: 2026, week: 3 })).toBe("2026-W03");
  });
});
