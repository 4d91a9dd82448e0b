import type { Feature, FeatureCollection } from "geojson";

/** What brings a map's points from what they were to what they are. `add` holds the changed ones anew. */
export interface Changes {
  add: Feature[];
  remove: string[];
}

/**
 * Remembers which points a map source has, so that it is told only what is new: laying out everything for each report
 * takes longer than the report's way here. Not for several sources at once.
 */
export class Points {
  private known = new Map<string, string>();

  /** What to tell the source, which has it from then on; null: nothing changed. */
  take(points: FeatureCollection): Changes | null {
    const next = new Map(points.features.map((point) => [idOf(point), JSON.stringify([point.properties, point.geometry])]));
    const add = points.features.filter((point) => this.known.get(idOf(point)) !== next.get(idOf(point)));
    const remove = [...this.known.keys()].filter((id) => !next.has(id));
    this.known = next;
    return add.length === 0 && remove.length === 0 ? null : { add, remove };
  }

  /**
   * Whether all that is new is in `marked`, and no more has gone than has come: a full list drops its last for a new
   * first. Takes nothing.
   */
  mayWait(points: FeatureCollection, marked: (id: string) => boolean): boolean {
    const added = points.features.filter((point) => !this.known.has(idOf(point)));
    const gone = this.known.size - (points.features.length - added.length);
    return added.length > 0 && gone <= added.length && added.every((point) => marked(idOf(point)));
  }
}

function idOf(point: Feature): string {
  return String(point.properties?.["id"]);
}
