import maplibregl, { type Marker } from "maplibre-gl";
import type { LngLat } from "./geo";
import { OTHER_COLOUR, radiusOf, SEVERITY_COLOURS } from "./points";

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

/** An incident that has just come; without a severity no more than its area or district is known, and no point is drawn. */
export interface Arrived {
  at: LngLat;
  severity: number | null;
}

const SHOWN_MS = 2600;

/**
 * Pulses once, then its ring stands for a while, and it takes itself away. Its dot looks like the map's own points and
 * is there in the page's next frame; those are drawn after it.
 */
export function pulseMarker(id: string, { at, severity }: Arrived): Marker {
  const made = element("map-arrived", "");
  made.dataset["arrived"] = id;
  made.append(element("map-pulse", ""));
  if (severity !== null) {
    const dot = element("map-dot", "");
    dot.style.setProperty("--radius", `${radiusOf(severity)}px`);
    dot.style.setProperty("--colour", SEVERITY_COLOURS[severity] ?? OTHER_COLOUR);
    made.append(dot);
  }
  const marker = new maplibregl.Marker({ element: made }).setLngLat(at);
  setTimeout(() => marker.remove(), SHOWN_MS);
  return marker;
}
