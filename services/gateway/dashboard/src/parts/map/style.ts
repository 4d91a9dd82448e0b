import type { StyleSpecification } from "maplibre-gl";
import { AreaStage } from "../../gen/vaka/registry/v1/types_pb";
import { nothing } from "./geo";

const empty = { type: "geojson" as const, data: nothing };

/** The map's drawing, whole: no tiles, no fonts, nothing fetched. */
export const style: StyleSpecification = {
  version: 8,
  sources: {
    outline: empty,
    districts: empty,
    areas: { ...empty, promoteId: "id" },
    route: empty,
    incidents: { ...empty, promoteId: "id" },
  },
  layers: [
    { id: "ground", type: "background", paint: { "background-color": "#dfe9ea" } },
    { id: "outline", type: "fill", source: "outline", paint: { "fill-color": "#f7f7f1" } },
    { id: "outline-edge", type: "line", source: "outline", paint: { "line-color": "#8ea3a6", "line-width": 1.5 } },
    {
      id: "areas", type: "fill", source: "areas",
      paint: {
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
      id: "areas-edge", type: "line", source: "areas",
      paint: { "line-color": ["case", [">", ["get", "vague"], 0], "#8f5f08", "#5f8c93"], "line-width": 0.8 },
    },
    {
      id: "areas-chosen", type: "line", source: "areas", filter: ["==", ["get", "id"], ""],
      paint: { "line-color": "#083a44", "line-width": 3.5 },
    },
    {
      id: "districts", type: "fill", source: "districts",
      paint: { "fill-color": "#b47a12", "fill-opacity": 0.1 },
    },
    {
      id: "districts-edge", type: "line", source: "districts",
      paint: { "line-color": "#8f5f08", "line-width": 1.6, "line-dasharray": [3, 2.5] },
    },
    { id: "route", type: "line", source: "route", paint: { "line-color": "#0d4a55", "line-width": 3, "line-dasharray": [2, 1.5] } },
    {
      id: "incidents", type: "circle", source: "incidents",
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["get", "severity"], 1, 5, 5, 11],
        "circle-color": ["match", ["get", "severity"], 1, "#3d8b5f", 2, "#3d8b5f", 3, "#d9a514", 4, "#d9691a", 5, "#a51d2d", "#46585d"],
        "circle-stroke-color": "#ffffff",
        "circle-stroke-width": 2,
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
