import { describe, expect, it } from "vitest";
import { en } from "./en";
import { Formats } from "./format";
import { sv } from "./sv";

const swedish = new Formats("sv", sv, "Europe/Stockholm");
const english = new Formats("en", en, "Europe/Stockholm");
const noon = new Date("2026-11-26T11:00:00Z");

describe("Formats", () => {
  it("writes dates as people say them, in the municipality's zone", () => {
    expect(swedish.time(noon)).toBe("12.00");
    expect(english.time(noon)).toBe("12:00");
    expect(swedish.weekdayTime(noon)).toMatch(/^torsdag 26 nov( 2026)? 12\.00$/);
    expect(english.weekdayTime(noon)).toMatch(/^Thursday 26 Nov( 2026)? 12:00$/);
  });

  it("names the year only when it is another", () => {
    expect(swedish.day(noon, noon.getTime())).toBe("26 nov");
    expect(swedish.day(noon, Date.UTC(2027, 5, 1))).toBe("26 nov 2026");
  });

  it("says how long in the largest whole unit", () => {
    expect(swedish.span(12_000)).toBe("12 s");
    expect(swedish.span(185_000)).toBe("3 min");
    expect(swedish.span(3 * 86_400_000)).toBe("3 dagar");
    expect(swedish.ago(noon, noon.getTime() + 4000)).toBe("nyss");
    expect(english.ago(noon, noon.getTime() + 120_000)).toBe("2 min ago");
  });

  it("uses the language's decimal sign", () => {
    expect(swedish.decimal(0.42)).toBe("0,4");
    expect(english.decimal(0.42)).toBe("0.4");
  });
});
