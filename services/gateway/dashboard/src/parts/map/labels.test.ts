import { describe, expect, it } from "vitest";
import { apart } from "./labels";

const label = (x: number, y: number) => ({ x, y, width: 60, height: 20 });

describe("apart", () => {
  it("leaves alone what has room", () => {
    expect(apart([label(0, 0), label(100, 0), label(0, 30)])).toEqual([0, 0, 0]);
  });

  it("moves what lies on another to where it lies on none, by as little as it can", () => {
    const labels = [label(0, 0), label(20, 4), label(40, -6)];
    const shifts = apart(labels);
    expect(shifts.slice(0, 2)).toEqual([0, 16]);
    expect(shifts[2]).toBe(-14);
  });

  it("moves nothing far from what it names", () => {
    for (const shift of apart(Array.from({ length: 9 }, () => label(0, 0)))) expect(Math.abs(shift)).toBeLessThanOrEqual(30);
  });
});
