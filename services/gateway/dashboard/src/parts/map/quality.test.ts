import { describe, expect, it } from "vitest";
import { MotionQuality } from "./quality";

/** A movement of so many frames; what each was drawn with. */
function movement(quality: MotionQuality, frames: number, everyMs: number): number[] {
  const scales = [quality.begin()];
  for (let n = 0; n < frames; n++) scales.push(quality.frame(n * everyMs));
  quality.end();
  return scales;
}

describe("MotionQuality", () => {
  it("stays sharp where frames come in time", () => {
    expect(new Set(movement(new MotionQuality(), 60, 17))).toEqual(new Set([1]));
  });

  it("is coarser where they do not, remembers it, and is never coarser than half", () => {
    const quality = new MotionQuality();
    expect(movement(quality, 30, 40)).toContain(0.75);
    expect(movement(quality, 30, 90).at(-1)).toBe(0.5);
    expect(movement(quality, 1, 90)[0]).toBe(0.5);
  });

  it("forgives one late frame", () => {
    const quality = new MotionQuality();
    quality.begin();
    const scales = [0, 17, 400, 417, 434].map((now) => quality.frame(now));
    expect(new Set(scales)).toEqual(new Set([1]));
  });

  it("is sharper again after a movement with time to spare", () => {
    const quality = new MotionQuality();
    movement(quality, 30, 90);
    movement(quality, 4, 17);
    expect(quality.begin()).toBe(0.75);
  });
});
