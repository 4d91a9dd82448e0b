/** How an incident's point looks, for the map's own drawing and for the mark of one that has just come. */

export const SEVERITY_COLOURS: Readonly<Record<number, string>> = { 1: "#3d8b5f", 2: "#3d8b5f", 3: "#d9a514", 4: "#d9691a", 5: "#a51d2d" };
export const OTHER_COLOUR = "#46585d";

/** Pixels, without the white edge of two. */
export function radiusOf(severity: number): number {
  return 5 + 1.5 * (Math.min(Math.max(severity, 1), 5) - 1);
}

/** Points that fit beside each other on a map of a municipality; more than these hide one another behind white edges. */
const FITTING = 1000;

/** The scale of points when there are so many, in few steps: each step makes the map lay them out anew. */
export function shrunk(many: number): number {
  if (many <= FITTING) return 1;
  return many <= 2 * FITTING ? 0.7 : 0.5;
}
