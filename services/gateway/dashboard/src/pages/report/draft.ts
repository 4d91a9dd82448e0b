import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { ReportRequestSchema, type ReportRequest } from "../../gen/vaka/intake/v1/intake_service_pb";
import { Precision, ReportedToPolice } from "../../gen/vaka/intake/v1/types_pb";
import type { LngLat } from "../../parts/map/geo";

/** What somebody has said so far in the form. `key` stays the same until the report is sent, however many tries. */
export interface Draft {
  key: string;
  point: LngLat | null;
  /** The point is the phone's own position: exact. A tap on a map is as good as the street. */
  fromDevice: boolean;
  place: string;
  area: string;
  district: string;
  group: string;
  category: string;
  when: "now" | "hour" | "night" | "pick";
  picked: string;
  severity: number;
  insecurity: boolean;
  recurring: boolean;
  police: ReportedToPolice;
  text: string;
}

export function newDraft(key: string): Draft {
  return {
    key,
    point: null,
    fromDevice: false,
    place: "",
    area: "",
    district: "",
    group: "",
    category: "",
    when: "now",
    picked: "",
    severity: 0,
    insecurity: false,
    recurring: false,
    police: ReportedToPolice.UNSPECIFIED,
    text: "",
  };
}

export type Field = "where" | "category" | "when" | "text";

export function hasPlace({ point, place, area, district }: Draft): boolean {
  return point !== null || place.trim() !== "" || area !== "" || district !== "";
}

/** When it happened; null when the picked time is not one, or lies ahead. */
export function observedAt({ when, picked }: Draft, now: Date): Date | null {
  if (when === "now") return now;
  if (when === "hour") return new Date(now.getTime() - 3_600_000);
  if (when === "night") {
    const night = new Date(now);
    night.setHours(2, 0, 0, 0);
    if (night > now) night.setDate(night.getDate() - 1);
    return night;
  }
  const at = new Date(picked);
  return Number.isNaN(at.getTime()) || at > now ? null : at;
}

function precisionOf(draft: Draft): Precision {
  if (draft.point !== null) return draft.fromDevice ? Precision.EXACT : Precision.STREET;
  if (draft.place.trim() !== "") return Precision.PLACE;
  return draft.area === "" ? Precision.DISTRICT : Precision.AREA;
}

/** The request as sent. The time is written down now, so that a report that waits keeps when it happened. */
export function requestOf(draft: Draft, kommun: string, now: Date): ReportRequest {
  const at = observedAt(draft, now) ?? now;
  return create(ReportRequestSchema, {
    kommun,
    idempotencyKey: draft.key,
    submission: {
      category: draft.category,
      where: {
        place: draft.place.trim(),
        area: draft.area,
        district: draft.district,
        precision: precisionOf(draft),
        ...(draft.point === null ? {} : { point: { lon: draft.point[0], lat: draft.point[1] } }),
      },
      observedFrom: timestampFromDate(at),
      severity: draft.severity,
      insecurity: draft.insecurity,
      recurring: draft.recurring,
      reportedToPolice: draft.police,
      text: draft.text.trim(),
    },
  });
}
