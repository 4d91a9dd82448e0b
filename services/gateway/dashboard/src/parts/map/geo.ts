import type { Feature, FeatureCollection, Geometry } from "geojson";
import { Precision } from "../../gen/vaka/intake/v1/types_pb";
import type { IncidentView } from "../../gen/vaka/intake/v1/intake_service_pb";
import type { AreaView } from "../../gen/vaka/registry/v1/registry_service_pb";
import type { District, Point, Polygon } from "../../gen/vaka/registry/v1/types_pb";

export type LngLat = [number, number];

export const nothing: FeatureCollection = { type: "FeatureCollection", features: [] };

export function lngLat(point: Point): LngLat {
  return [point.lon, point.lat];
}

export function polygonOf(polygon: Polygon | undefined): Geometry | null {
  const rings = (polygon?.rings ?? []).map(({ points }) => points.map(lngLat)).filter((ring) => ring.length >= 4);
  return rings.length === 0 ? null : { type: "MultiPolygon", coordinates: rings.map((ring) => [ring]) };
}

export function boundsOf(points: readonly LngLat[]): [LngLat, LngLat] | null {
  if (points.length === 0) return null;
  const lons = points.map(([lon]) => lon);
  const lats = points.map(([, lat]) => lat);
  return [
    [Math.min(...lons), Math.min(...lats)],
    [Math.max(...lons), Math.max(...lats)],
  ];
}

function pointsOf(polygon: Polygon | undefined): LngLat[] {
  return (polygon?.rings ?? []).flatMap(({ points }) => points.map(lngLat));
}

export function centreOf(polygon: Polygon | undefined): LngLat | null {
  const bounds = boundsOf(pointsOf(polygon));
  return bounds === null ? null : [(bounds[0][0] + bounds[1][0]) / 2, (bounds[0][1] + bounds[1][1]) / 2];
}

/** What of an incident's place may be drawn as a point: an exact one, a street or a named place, unmasked. */
export function drawnAsPoint({ incident, masked }: IncidentView): boolean {
  const where = incident?.where;
  if (where?.point === undefined || masked) return false;
  return [Precision.EXACT, Precision.STREET, Precision.PLACE].includes(where.precision);
}

export function incidentPoints(incidents: readonly IncidentView[]): FeatureCollection {
  const features = incidents.filter(drawnAsPoint).map((view): Feature => {
    const incident = view.incident!;
    return {
      type: "Feature",
      properties: { id: incident.id, severity: incident.severity },
      geometry: { type: "Point", coordinates: lngLat(incident.where!.point!) },
    };
  });
  return { type: "FeatureCollection", features };
}

function countBy(incidents: readonly IncidentView[], keyOf: (view: IncidentView) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const view of incidents) {
    const key = keyOf(view);
    if (key !== "") counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** Areas with how many of the incidents are known only to have happened somewhere inside. */
export function areaShapes(areas: readonly AreaView[], incidents: readonly IncidentView[]): FeatureCollection {
  const vague = incidents.filter((view) => !drawnAsPoint(view));
  const inside = countBy(vague, ({ incident }) => incident?.where?.area ?? "");
  const features = areas.flatMap((view): Feature[] => {
    const geometry = polygonOf(view.area?.polygon);
    if (geometry === null || view.area === undefined) return [];
    return [{
      type: "Feature",
      properties: { id: view.area.id, stage: view.stage, vague: inside.get(view.area.id) ?? 0 },
      geometry,
    }];
  });
  return { type: "FeatureCollection", features };
}

/** A ring of `metres` around a point, good enough for a drawing. */
function ringAround([lon, lat]: LngLat, metres: number): LngLat[] {
  const dLat = metres / 111_320;
  const dLon = dLat / Math.cos((lat * Math.PI) / 180);
  return Array.from({ length: 49 }, (_, step) => {
    const angle = (step / 48) * 2 * Math.PI;
    return [lon + dLon * Math.cos(angle), lat + dLat * Math.sin(angle)];
  });
}

export function vagueByDistrict(incidents: readonly IncidentView[]): Map<string, number> {
  const vague = incidents.filter((view) => !drawnAsPoint(view) && (view.incident?.where?.area ?? "") === "");
  return countBy(vague, ({ incident }) => incident?.where?.district ?? "");
}

/** Districts where something happened of which no more is known than the district. */
export function districtCircles(districts: readonly District[], incidents: readonly IncidentView[]): FeatureCollection {
  const counts = vagueByDistrict(incidents);
  const features = districts.flatMap((district): Feature[] => {
    if (district.centre === undefined || !counts.has(district.id)) return [];
    return [{
      type: "Feature",
      properties: { id: district.id },
      geometry: { type: "Polygon", coordinates: [ringAround(lngLat(district.centre), 750)] },
    }];
  });
  return { type: "FeatureCollection", features };
}

/** Is the point inside the polygon? For the form's "in Albyberget" while one points. */
export function contains(polygon: Polygon | undefined, [x, y]: LngLat): boolean {
  return (polygon?.rings ?? []).some(({ points }) => {
    let inside = false;
    for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
      const a = points[i]!;
      const b = points[j]!;
      const crosses = a.lat > y !== b.lat > y;
      if (crosses && x < ((b.lon - a.lon) * (y - a.lat)) / (b.lat - a.lat) + a.lon) inside = !inside;
    }
    return inside;
  });
}

/** Everything that the map should show at first: the areas and district centres, else the outline. */
export function wholeBounds(
  areas: readonly AreaView[],
  districts: readonly District[],
  outline: Polygon | undefined,
): [LngLat, LngLat] | null {
  const lived = [
    ...areas.flatMap(({ area }) => pointsOf(area?.polygon)),
    ...districts.flatMap(({ centre }) => (centre === undefined ? [] : [lngLat(centre)])),
  ];
  return boundsOf(lived.length > 0 ? lived : pointsOf(outline));
}
