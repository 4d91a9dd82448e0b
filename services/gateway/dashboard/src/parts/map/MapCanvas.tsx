import maplibregl, { type GeoJSONSource, type Map as Drawing, type MapMouseEvent, type Marker } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import { useEffect, useRef, useState } from "react";
import type { MapProps } from "./MapView";
import { areaShapes, districtCircles, incidentPoints, lngLat, nothing, polygonOf, vagueByDistrict, wholeBounds, type LngLat } from "./geo";
import { chosenMarker, districtMarker, pulseMarker, stopMarker } from "./markers";
import { style } from "./style";

/** The drawing itself; its canvas is a landmark with the label as its name. Loaded apart, for the map library is larger than the rest of the page. */
export default function MapCanvas(props: MapProps) {
  const holder = useRef<HTMLDivElement>(null);
  const [drawing, setDrawing] = useState<Drawing | null>(null);
  useDrawing(holder, setDrawing, props.label);
  useSources(drawing, props);
  useFirstView(drawing, props);
  useClicks(drawing, props);
  useChosen(drawing, props);
  useMarkers(drawing, props);
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

function setData(drawing: Drawing, source: string, data: GeoJSON.FeatureCollection) {
  drawing.getSource<GeoJSONSource>(source)?.setData(data);
}

function useSources(drawing: Drawing | null, { outline, areas, districts, incidents, route }: MapProps) {
  useEffect(() => {
    if (drawing === null) return;
    const shape = polygonOf(outline);
    setData(drawing, "outline", shape === null ? nothing : {
      type: "FeatureCollection",
      features: [{ type: "Feature", properties: {}, geometry: shape }],
    });
  }, [drawing, outline]);
  useEffect(() => {
    if (drawing !== null) setData(drawing, "areas", areaShapes(areas, incidents ?? []));
  }, [drawing, areas, incidents]);
  useEffect(() => {
    if (drawing === null) return;
    setData(drawing, "incidents", incidentPoints(incidents ?? []));
    setData(drawing, "districts", districtCircles(districts, incidents ?? []));
  }, [drawing, districts, incidents]);
  useEffect(() => {
    if (drawing === null) return;
    const line = (route ?? []).map(({ at }) => at);
    setData(drawing, "route", line.length < 2 ? nothing : {
      type: "FeatureCollection",
      features: [{ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: line } }],
    });
  }, [drawing, route]);
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
    drawing.setFilter("areas-chosen", ["==", ["get", "id"], chosenArea]);
  }, [drawing, chosenIncident, chosenArea]);
  const lon = focus?.[0];
  const lat = focus?.[1];
  useEffect(() => {
    if (drawing === null || lon === undefined || lat === undefined) return;
    drawing.easeTo({ center: [lon, lat], zoom: Math.max(drawing.getZoom(), 12.5), duration: 500 });
  }, [drawing, lon, lat]);
}

function useMarkers(drawing: Drawing | null, { districts, incidents, route, point, fresh }: MapProps) {
  useEffect(() => {
    if (drawing === null) return;
    const vague = vagueByDistrict(incidents ?? []);
    const made: Marker[] = [
      ...districts.flatMap((district) =>
        district.centre === undefined ? [] : [districtMarker(district.name, vague.get(district.id) ?? 0, lngLat(district.centre))]),
      ...(route ?? []).map(({ at, label, state }) => stopMarker(label, state, at)),
    ];
    for (const marker of made) marker.addTo(drawing);
    return () => made.forEach((marker) => marker.remove());
  }, [drawing, districts, incidents, route]);

  useEffect(() => {
    if (drawing === null || point === undefined || point === null) return;
    const marker = chosenMarker(point).addTo(drawing);
    return () => void marker.remove();
  }, [drawing, point]);

  const pulsed = useRef(new Set<string>());
  useEffect(() => {
    if (drawing === null || fresh === undefined) return;
    for (const [id, at] of fresh) {
      if (pulsed.current.has(id)) continue;
      pulsed.current.add(id);
      pulseMarker(at).addTo(drawing);
    }
  }, [drawing, fresh]);
}
