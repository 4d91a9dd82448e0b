import { describe, expect, it } from "vitest";
import { en } from "./en";
import { sv } from "./sv";

type Leaf = [path: string, value: unknown];

function leaves(value: unknown, path = ""): Leaf[] {
  if (typeof value !== "object" || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, part]) => leaves(part, `${path}.${key}`));
}

/** Names that are the same in both languages, or are for nothing by themselves. */
const SAME = new Set([
  ".common.appName", ".common.signIn.title", ".common.units.seconds", ".common.units.minutes",
  ".alerts.reasons.0", ".week.flags.0", ".patrol.stopStates.0", ".link.channels.0", ".measures.effects.0",
  ".common.levelWords.0", ".common.severityWords.0", ".patrol.time", ".patrol.km", ".measures.types.2", ".measures.types.5", ".link.channels.1",
  ".measures.form.type", ".common.live.connecting",
]);

describe("the two languages", () => {
  it("say the same things", () => {
    expect(leaves(en).map(([path]) => path)).toEqual(leaves(sv).map(([path]) => path));
  });

  it("leave nothing empty and nothing in the other's words", () => {
    const swedish = new Map(leaves(sv));
    const left = leaves(en).filter(([path, value]) => {
      if (SAME.has(path) || typeof value !== "string") return false;
      return value.trim() === "" || (value === swedish.get(path) && !/^(Status|Information|Problem|Uppgift)$/.test(value));
    });
    expect(left.map(([path]) => path)).toEqual([]);
  });

  it("name every value of an enum that pages look up by number", () => {
    for (const words of [sv, en]) {
      expect(words.common.roles).toHaveLength(15);
      expect(words.alerts.reasons).toHaveLength(19);
      expect(words.alerts.states).toHaveLength(7);
      expect(words.patrol.states).toHaveLength(9);
      expect(words.patrol.stopKinds).toHaveLength(7);
      expect(words.week.flags).toHaveLength(7);
      expect(words.areas.stages).toHaveLength(8);
      expect(words.map.precision).toHaveLength(7);
      expect(words.link.channels).toHaveLength(7);
    }
  });
});
