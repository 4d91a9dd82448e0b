import maplibregl, { type Marker } from "maplibre-gl";
import type { LngLat } from "./geo";

/** Text and signs on the map are elements of the page: there is no font server. Screen readers have the list instead. */
function element(className: string, text: string): HTMLElement {
  const made = document.createElement("div");
  made.className = className;
  made.textContent = text;
  made.setAttribute("aria-hidden", "true");
  return made;
}

export function districtMarker(name: string, vague: number, at: LngLat): Marker {
  const label = element("map-district", name);
  if (vague > 0) label.append(element("map-vague", String(vague)));
  return new maplibregl.Marker({ element: label }).setLngLat(at);
}

export function stopMarker(label: string, state: "planned" | "done" | "skipped" | "next", at: LngLat): Marker {
  return new maplibregl.Marker({ element: element(`map-stop map-stop-${state}`, label) }).setLngLat(at);
}

export function chosenMarker(at: LngLat): Marker {
  return new maplibregl.Marker({ element: element("map-chosen", "") }).setLngLat(at);
}

/** Pulses once and takes itself away. Without motion it is a ring that stands for as long. */
export function pulseMarker(at: LngLat): Marker {
  const marker = new maplibregl.Marker({ element: element("map-pulse", "") }).setLngLat(at);
  setTimeout(() => marker.remove(), 2600);
  return marker;
}
