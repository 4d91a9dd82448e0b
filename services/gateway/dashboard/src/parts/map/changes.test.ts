import type { Feature } from "geojson";
import { describe, expect, it } from "vitest";
import { Points } from "./changes";

function points(...all: [id: string, lon: number][]) {
  const features = all.map(([id, lon]): Feature => ({
    type: "Feature", properties: { id }, geometry: { type: "Point", coordinates: [lon, 59] },
  }));
  return { type: "FeatureCollection" as const, features };
}

describe("Points", () => {
  it("tells what is new, what has moved and what is gone, and nothing twice", () => {
    const known = new Points();
    expect(known.take(points(["a", 1], ["b", 2]))?.add).toHaveLength(2);
    expect(known.take(points(["a", 1], ["b", 2]))).toBeNull();
    const changes = known.take(points(["b", 3], ["c", 4]));
    expect(changes?.add.map(({ properties }) => properties?.["id"] as string)).toEqual(["b", "c"]);
    expect(changes?.remove).toEqual(["a"]);
    expect(known.take(points(["b", 3], ["c", 4]))).toBeNull();
  });

  it("may wait only where nothing but marked points came", () => {
    const known = new Points();
    known.take(points(["a", 1], ["b", 2]));
    const marked = (id: string) => id === "new";
    expect(known.mayWait(points(["a", 1], ["b", 2], ["new", 3]), marked)).toBe(true);
    expect(known.mayWait(points(["b", 2], ["new", 3]), marked)).toBe(true);
    expect(known.mayWait(points(["a", 1], ["b", 2], ["other", 3]), marked)).toBe(false);
    expect(known.mayWait(points(["new", 3]), marked)).toBe(false);
    expect(known.mayWait(points(["a", 1]), marked)).toBe(false);
  });
});
