import type { DataDrivenPropertyValueSpecification, ExpressionSpecification, FilterSpecification, StyleSpecification } from "maplibre-gl";
import { AreaStage } from "../../gen/vaka/registry/v1/types_pb";
import { nothing, type GroundKind } from "./geo";
import { OTHER_COLOUR, radiusOf, SEVERITY_COLOURS, shrunk } from "./points";

const empty = { type: "geojson" as const, data: nothing };

interface PointSizes {
  "circle-radius": DataDrivenPropertyValueSpecification<number>;
  "circle-stroke-width": DataDrivenPropertyValueSpecification<number>;
}

/** Sizes of points when there are so many: small from afar, whole where one is near enough to tell them apart. */
export function pointSizes(many: number): PointSizes {
  const by = (scale: number): ExpressionSpecification =>
    ["interpolate", ["linear"], ["get", "severity"], 1, scale * radiusOf(1), 5, scale * radiusOf(5)];
  const scale = shrunk(many);
  if (scale === 1) return { "circle-radius": by(1), "circle-stroke-width": 2 };
  return {
    "circle-radius": ["interpolate", ["linear"], ["zoom"], 11, by(scale), 14, by(1)],
    "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 11, 2 * scale, 14, 2],
  };
}

/** Only those of the ground's shapes. */
function only(kind: GroundKind): ExpressionSpecification {
  return ["==", ["get", "kind"], kind];
}

/** With the shape whose id is `chosen`; ids are never empty. */
export function chosenArea(chosen: string): FilterSpecification {
  return ["all", only("area"), ["==", ["get", "id"], chosen]];
}

/**
 * The map's drawing, whole: no tiles, no fonts, nothing fetched. Where there is no graphics processor every pixel is
 * paid for, so all shapes are one source (each further one is a pass of clipping over the whole canvas), the water is
 * the page's own background, and fills have no smooth edge of their own under the line that is drawn there anyway.
 */
export const style: StyleSpecification = {
  version: 8,
  sources: {
    ground: empty,
    incidents: { ...empty, promoteId: "id" },
  },
  layers: [
    { id: "outline", type: "fill", source: "ground", filter: only("outline"), paint: { "fill-color": "#f7f7f1", "fill-antialias": false } },
    { id: "outline-edge", type: "line", source: "ground", filter: only("outline"), paint: { "line-color": "#8ea3a6", "line-width": 1.5 } },
    {
      id: "areas", type: "fill", source: "ground", filter: only("area"),
      paint: {
        "fill-antialias": false,
        "fill-color": [
          "case",
          [">", ["get", "vague"], 0], "#f2b84b",
          ["==", ["get", "stage"], AreaStage.ACTIVE], "#9cc8cd",
          ["==", ["get", "stage"], AreaStage.DORMANT], "#c9cfcd",
          "#dfe7e2",
        ],
        "fill-opacity": ["case", [">", ["get", "vague"], 0], ["min", 0.85, ["+", 0.4, ["*", 0.12, ["get", "vague"]]]], 0.75],
      },
    },
    {
      id: "areas-edge", type: "line", source: "ground", filter: only("area"),
      paint: { "line-color": ["case", [">", ["get", "vague"], 0], "#8f5f08", "#5f8c93"], "line-width": 0.8 },
    },
    {
      id: "areas-chosen", type: "line", source: "ground", filter: chosenArea(""),
      paint: { "line-color": "#083a44", "line-width": 3.5 },
    },
    {
      id: "districts", type: "fill", source: "ground", filter: only("district"),
      paint: { "fill-antialias": false, "fill-color": "#b47a12", "fill-opacity": 0.1 },
    },
    {
      id: "districts-edge", type: "line", source: "ground", filter: only("district"),
      paint: { "line-color": "#8f5f08", "line-width": 1.6, "line-dasharray": [3, 2.5] },
    },
    {
      id: "route", type: "line", source: "ground", filter: only("route"),
      paint: { "line-color": "#0d4a55", "line-width": 3, "line-dasharray": [2, 1.5] },
    },
    {
      id: "incidents", type: "circle", source: "incidents",
      paint: {
        ...pointSizes(0),
        "circle-color": ["match", ["get", "severity"], ...Object.entries(SEVERITY_COLOURS).flatMap(([level, colour]) => [Number(level), colour]), OTHER_COLOUR] as unknown as ExpressionSpecification,
        "circle-stroke-color": "#ffffff",
        "circle-opacity": 0.92,
      },
    },
    {
      id: "incidents-chosen", type: "circle", source: "incidents", filter: ["==", ["get", "id"], ""],
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["get", "severity"], 1, 10, 5, 16],
        "circle-color": "rgba(0,0,0,0)",
        "circle-stroke-color": "#14262b",
        "circle-stroke-width": 3,
      },
    },
  ],
};
