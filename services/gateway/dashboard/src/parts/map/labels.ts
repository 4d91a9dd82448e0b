/** Where a label lies on the screen, in pixels: its middle and its size. */
export interface Label {
  x: number;
  y: number;
  width: number;
  height: number;
}

const STEP = 2;
/** In heights of a label: farther away it would seem to name another place. */
const FARTHEST = 1.5;

/**
 * How far each label is moved up (negative) or down so that none lies on another, as little as possible, the first ones
 * least. A label for which there is no room stays where it is.
 */
export function apart(labels: readonly Label[]): number[] {
  const placed: Label[] = [];
  return labels.map((label) => {
    for (let away = 0; away <= FARTHEST * label.height; away += STEP) {
      for (const shift of [away, -away]) {
        const moved = { ...label, y: label.y + shift };
        if (placed.some((other) => overlap(moved, other))) continue;
        placed.push(moved);
        return shift;
      }
    }
    placed.push(label);
    return 0;
  });
}

function overlap(a: Label, b: Label): boolean {
  return Math.abs(a.x - b.x) < (a.width + b.width) / 2 && Math.abs(a.y - b.y) < (a.height + b.height) / 2;
}
