import maplibregl, { type GeoJSONSource, type Map as Drawing, type MapMouseEvent, type Marker } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import type { FeatureCollection } from "geojson";
import { useEffect, useMemo, useRef, useState } from "react";
import { Points, type Changes } from "./changes";
import type { MapProps } from "./MapView";
import { groundShapes, incidentPoints, lngLat, vagueByArea, vagueByDistrict, wholeBounds, type LngLat } from "./geo";
import { apart } from "./labels";
import { chosenMarker, districtMarker, pulseMarker, stopMarker } from "./markers";
import { MotionQuality } from "./quality";
import { chosenArea as areaFilter, pointSizes, style } from "./style";

/** The drawing itself; its canvas is a landmark with the label as its name. Loaded apart, for the map library is larger than the rest of the page. */
export default function MapCanvas(props: MapProps) {
  const holder = useRef<HTMLDivElement>(null);
  const [drawing, setDrawing] = useState<Drawing | null>(null);
  useDrawing(holder, setDrawing, props.label);
  const vague = useSteady(useMemo(() => vagueByDistrict(props.incidents ?? []), [props.incidents]));
  useQuality(drawing);
  useGround(drawing, props, vague);
  useIncidents(drawing, props);
  useFirstView(drawing, props);
  useClicks(drawing, props);
  useChosen(drawing, props);
  useMarkers(drawing, props, vague);
  return <div ref={holder} style={{ position: "absolute", inset: 0 }} />;
}

function useDrawing(
  holder: React.RefObject<HTMLDivElement | null>,
  ready: (drawing: Drawing | null) => void,
  label: string,
) {
  const name = useRef(label);
  name.current = label;
  useEffect(() => {
    const made = new maplibregl.Map({
      container: holder.current!,
      style,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      maxZoom: 17,
      minZoom: 8,
      center: [17.84, 59.2],
      zoom: 10.5,
      fadeDuration: 0,
      locale: { "Map.Title": name.current },
    });
    made.touchZoomRotate.disableRotation();
    made.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
    made.on("load", () => ready(made));
    return () => {
      ready(null);
      made.remove();
    };
  }, [holder, ready]);
}

/** A movement that begins so soon after another goes on with its sharpness. */
const REST_MS = 120;

/** Coarser while it moves where frames do not come in time; at rest as sharp as the screen. */
function useQuality(drawing: Drawing | null) {
  useEffect(() => {
    if (drawing === null) return;
    const quality = new MotionQuality();
    let [wanted, drawn, frames] = [1, 1, 0];
    let rest: ReturnType<typeof setTimeout> | undefined;
    const sharpen = (scale: number) => {
      if (scale === drawn) return;
      drawn = scale;
      // Null, as it is documented but not typed: as the screen is, also on another screen.
      drawing.setPixelRatio(scale === 1 ? (null as unknown as number) : scale * devicePixelRatio);
    };
    // A resized map says that it moved, which is no movement.
    const moving = () => drawing.isMoving();
    const begin = () => {
      if (!moving()) return;
      clearTimeout(rest);
      frames = 0;
      wanted = quality.begin();
    };
    // Before the frame is drawn: a canvas that changes its size afterwards would be seen empty. A jump stays sharp.
    const move = () => {
      if (moving() && frames > 0) sharpen(wanted);
    };
    const frame = () => {
      if (!moving()) return;
      frames += 1;
      wanted = quality.frame(performance.now());
    };
    const end = () => {
      quality.end();
      clearTimeout(rest);
      rest = setTimeout(() => sharpen(1), REST_MS);
    };
    const heard = [drawing.on("movestart", begin), drawing.on("move", move), drawing.on("render", frame), drawing.on("moveend", end)];
    return () => {
      clearTimeout(rest);
      for (const one of heard) one.unsubscribe();
    };
  }, [drawing]);
}

/** The same map until its entries change, so that what hangs on it is not done again for each report. */
function useSteady(counts: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const key = JSON.stringify([...counts].sort());
  const kept = useRef({ key, counts });
  if (kept.current.key !== key) kept.current = { key, counts };
  return kept.current.counts;
}

function useGround(drawing: Drawing | null, { outline, areas, districts, incidents, route }: MapProps, vagueDistricts: ReadonlyMap<string, number>) {
  const vagueAreas = useSteady(useMemo(() => vagueByArea(incidents ?? []), [incidents]));
  useEffect(() => {
    const line = (route ?? []).map(({ at }) => at);
    const shapes = groundShapes({ outline, areas, vagueAreas, districts, vagueDistricts, route: line });
    void drawing?.getSource<GeoJSONSource>("ground")?.setData(shapes);
  }, [drawing, outline, areas, vagueAreas, districts, vagueDistricts, route]);
}

/** How long points that are on the map as marks already may wait to be drawn with the others, several at once. */
const LATER_MS = 350;

function useIncidents(drawing: Drawing | null, { incidents, fresh }: MapProps) {
  const latest = useRef({ incidents, fresh });
  latest.current = { incidents, fresh };
  const points = useRef<{ known: Points; draw: () => void; later?: ReturnType<typeof setTimeout> }>(null);
  useEffect(() => {
    if (drawing === null) return;
    const known = new Points();
    const draw = () => {
      clearTimeout(points.current?.later);
      if (points.current !== null) points.current.later = undefined;
      const all = incidentPoints(latest.current.incidents ?? []);
      const changes = known.take(all);
      if (changes !== null) drawPoints(drawing, all, changes);
    };
    points.current = { known, draw };
    return () => {
      clearTimeout(points.current?.later);
      points.current = null;
    };
  }, [drawing]);
  useEffect(() => {
    const at = points.current;
    if (at === null) return;
    const marked = (id: string) => latest.current.fresh?.has(id) === true;
    if (at.known.mayWait(incidentPoints(incidents ?? []), marked)) at.later ??= setTimeout(at.draw, LATER_MS);
    else at.draw();
  }, [drawing, incidents]);
}

function drawPoints(drawing: Drawing, all: FeatureCollection, { add, remove }: Changes) {
  const sizes = pointSizes(all.features.length);
  for (const [name, value] of Object.entries(sizes)) {
    // Nothing happens when it is what it was.
    drawing.setPaintProperty("incidents", name, value);
  }
  const source = drawing.getSource<GeoJSONSource>("incidents");
  if (add.length + remove.length > all.features.length / 4) void source?.setData(all);
  else void source?.updateData({ remove: [...remove, ...add.map(({ properties }) => properties!["id"] as string)], add });
}

function useFirstView(drawing: Drawing | null, { areas, districts, outline, route, whole = 0 }: MapProps) {
  const shown = useRef("");
  useEffect(() => {
    if (drawing === null) return;
    const stops = (route ?? []).map(({ at }) => at);
    const bounds = stops.length > 0 ? stopsBounds(stops) : wholeBounds(areas, districts, outline);
    const key = `${JSON.stringify(bounds)}${whole}`;
    if (bounds === null || shown.current === key) return;
    shown.current = key;
    drawing.fitBounds(bounds, { padding: 36, animate: false, maxZoom: 14.5 });
  }, [drawing, areas, districts, outline, route, whole]);
}

function stopsBounds(points: readonly LngLat[]): [LngLat, LngLat] {
  const bounds = new maplibregl.LngLatBounds();
  for (const point of points) bounds.extend(point);
  return bounds.toArray() as [LngLat, LngLat];
}

function useClicks(drawing: Drawing | null, props: MapProps) {
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    if (drawing === null) return;
    const click = (event: MapMouseEvent) => {
      const { onPoint, onIncident, onArea } = latest.current;
      if (onPoint !== undefined) {
        onPoint([event.lngLat.lng, event.lngLat.lat]);
        return;
      }
      const [x, y] = [event.point.x, event.point.y];
      // A finger is wider than a dot.
      const near: [[number, number], [number, number]] = [[x - 10, y - 10], [x + 10, y + 10]];
      const hit = drawing.queryRenderedFeatures(near, { layers: ["incidents"] })[0];
      if (hit !== undefined) {
        onIncident?.(String(hit.properties["id"]));
        return;
      }
      const area = drawing.queryRenderedFeatures(event.point, { layers: ["areas"] })[0];
      onArea?.(area === undefined ? "" : String(area.properties["id"]));
    };
    drawing.on("click", click);
    drawing.getCanvas().style.cursor = latest.current.onPoint === undefined ? "" : "crosshair";
    return () => {
      drawing.off("click", click);
    };
  }, [drawing]);
}

function useChosen(drawing: Drawing | null, { chosenIncident = "", chosenArea = "", focus }: MapProps) {
  useEffect(() => {
    if (drawing === null) return;
    drawing.setFilter("incidents-chosen", ["==", ["get", "id"], chosenIncident]);
    drawing.setFilter("areas-chosen", areaFilter(chosenArea));
  }, [drawing, chosenIncident, chosenArea]);
  const lon = focus?.[0];
  const lat = focus?.[1];
  useEffect(() => {
    if (drawing === null || lon === undefined || lat === undefined) return;
    drawing.easeTo({ center: [lon, lat], zoom: Math.max(drawing.getZoom(), 12.5), duration: 500 });
  }, [drawing, lon, lat]);
}

function keepApart(drawing: Drawing, markers: readonly Marker[]) {
  const labels = markers.map((marker) => {
    const { x, y } = drawing.project(marker.getLngLat());
    const { offsetWidth: width, offsetHeight: height } = marker.getElement();
    return { x, y, width, height };
  });
  apart(labels).forEach((shift, n) => markers[n]!.setOffset([0, shift]));
}

function useMarkers(drawing: Drawing | null, { districts, route, point, fresh }: MapProps, vague: ReadonlyMap<string, number>) {
  useEffect(() => {
    if (drawing === null) return;
    const made = districts.flatMap((district) =>
      district.centre === undefined ? [] : [districtMarker(district.name, vague.get(district.id) ?? 0, lngLat(district.centre))]);
    for (const marker of made) marker.addTo(drawing);
    const separate = () => keepApart(drawing, made);
    separate();
    // They keep their distances while the map only moves.
    const zoomed = drawing.on("zoomend", separate);
    return () => {
      zoomed.unsubscribe();
      made.forEach((marker) => marker.remove());
    };
  }, [drawing, districts, vague]);

  useEffect(() => {
    if (drawing === null) return;
    const made = (route ?? []).map(({ at, label, state }) => stopMarker(label, state, at));
    for (const marker of made) marker.addTo(drawing);
    return () => made.forEach((marker) => marker.remove());
  }, [drawing, route]);

  useEffect(() => {
    if (drawing === null || point === undefined || point === null) return;
    const marker = chosenMarker(point).addTo(drawing);
    return () => void marker.remove();
  }, [drawing, point]);

  const pulsed = useRef(new Set<string>());
  useEffect(() => {
    if (drawing === null || fresh === undefined) return;
    for (const [id, arrived] of fresh) {
      if (pulsed.current.has(id)) continue;
      pulsed.current.add(id);
      pulseMarker(id, arrived).addTo(drawing);
    }
  }, [drawing, fresh]);
}
