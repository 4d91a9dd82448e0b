/** A frame that takes longer is seen as a jerk. */
const SLOW_MS = 36;
/** A frame of a machine that could draw more. */
const QUICK_MS = 20;
/** Frames that are looked at together, so that a single late one changes nothing. */
const LOOKED_AT = 3;
const SCALES = [1, 0.75, 0.5] as const;

/**
 * How sharp a map is while it moves: whole where frames come in time, coarser where they do not (a machine without a
 * graphics processor pays for every pixel). What was learned holds for the next movement, which tries to be sharper
 * again when there was time to spare. At rest a map is always sharp; that is up to who asks.
 */
export class MotionQuality {
  private level = 0;
  private last: number | null = null;
  private gaps: number[] = [];
  private took: number | null = null;

  /** What a movement begins with. */
  begin(): number {
    this.last = null;
    this.gaps = [];
    this.took = null;
    return SCALES[this.level]!;
  }

  /** A frame of the movement was drawn at `now`, in milliseconds; the scale from here on. Twice as late is twice as coarse. */
  frame(now: number): number {
    if (this.last !== null) this.gaps.push(now - this.last);
    this.last = now;
    if (this.gaps.length >= LOOKED_AT) {
      this.took = middle(this.gaps);
      this.level = Math.min(this.level + Math.floor(this.took / SLOW_MS), SCALES.length - 1);
      this.gaps = [];
    }
    return SCALES[this.level]!;
  }

  /** The movement is over; the next one may be sharper if there was time to spare. */
  end(): void {
    if (this.took !== null && this.took < QUICK_MS && this.level > 0) this.level -= 1;
    this.took = null;
  }
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
