import type { Feature, FeatureCollection, Geometry } from "geojson";
import { Precision } from "../../gen/vaka/intake/v1/types_pb";
import type { IncidentView } from "../../gen/vaka/intake/v1/intake_service_pb";
import type { AreaView } from "../../gen/vaka/registry/v1/registry_service_pb";
import type { District, Point, Polygon } from "../../gen/vaka/registry/v1/types_pb";

export type LngLat = [number, number];

/** What a shape of the map's ground is. */
export type GroundKind = "outline" | "area" | "district" | "route";

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

/** Drawn in this order: what is more serious lies on top, and of the same severity what is newer. */
export function incidentPoints(incidents: readonly IncidentView[]): FeatureCollection {
  const drawn = incidents.filter(drawnAsPoint).reverse();
  drawn.sort((a, b) => a.incident!.severity - b.incident!.severity);
  const features = drawn.map((view): Feature => {
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

function shape(kind: GroundKind, geometry: Geometry, properties: Record<string, unknown> = {}): Feature {
  return { type: "Feature", properties: { ...properties, kind }, geometry };
}

/** Everything under the points: outline, areas, districts of which no more is known, a route. */
export function groundShapes({ outline, areas, vagueAreas, districts, vagueDistricts, route }: {
  outline: Polygon | undefined;
  areas: readonly AreaView[];
  vagueAreas: ReadonlyMap<string, number>;
  districts: readonly District[];
  vagueDistricts: ReadonlyMap<string, number>;
  route: readonly LngLat[];
}): FeatureCollection {
  const whole = polygonOf(outline);
  return {
    type: "FeatureCollection",
    features: [
      ...(whole === null ? [] : [shape("outline", whole)]),
      ...areaShapes(areas, vagueAreas),
      ...districtCircles(districts, vagueDistricts),
      ...(route.length < 2 ? [] : [shape("route", { type: "LineString", coordinates: [...route] })]),
    ],
  };
}

/** By area, how many of the incidents are known only to have happened somewhere inside. */
export function vagueByArea(incidents: readonly IncidentView[]): Map<string, number> {
  const vague = incidents.filter((view) => !drawnAsPoint(view));
  return countBy(vague, ({ incident }) => incident?.where?.area ?? "");
}

function areaShapes(areas: readonly AreaView[], vague: ReadonlyMap<string, number>): Feature[] {
  return areas.flatMap(({ area, stage }): Feature[] => {
    const geometry = polygonOf(area?.polygon);
    if (geometry === null || area === undefined) return [];
    return [shape("area", geometry, { id: area.id, stage, vague: vague.get(area.id) ?? 0 })];
  });
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
function districtCircles(districts: readonly District[], vague: ReadonlyMap<string, number>): Feature[] {
  return districts.flatMap((district): Feature[] => {
    if (district.centre === undefined || !vague.has(district.id)) return [];
    return [shape("district", { type: "Polygon", coordinates: [ringAround(lngLat(district.centre), 750)] }, { id: district.id })];
  });
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
