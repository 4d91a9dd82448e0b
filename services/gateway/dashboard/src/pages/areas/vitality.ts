import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { AreaView } from "../../gen/vaka/registry/v1/registry_service_pb";
import { AreaStage } from "../../gen/vaka/registry/v1/types_pb";

export type Vitality = "strong" | "ok" | "weak" | "asleep" | "starting";

const HALF_YEAR = 183 * 86_400_000;
const HOUSEHOLDS_EACH = 20;

/**
 * How an area is doing, from what is known: met within half a year and nobody covers more than some twenty
 * households is strong; no contact person, or not met for a year, needs contact.
 */
export function vitalityOf(view: AreaView, now: number): Vitality {
  if (view.stage === AreaStage.DORMANT || view.stage === AreaStage.CLOSED) return "asleep";
  if (view.stage !== AreaStage.ACTIVE) return "starting";
  const since = view.lastFollowUp === undefined ? Infinity : now - timestampDate(view.lastFollowUp).getTime();
  if (view.contactPersons === 0 || since > 2 * HALF_YEAR) return "weak";
  const each = view.householdsCovered / view.contactPersons;
  return since <= HALF_YEAR && each <= 3 * HOUSEHOLDS_EACH ? "strong" : "ok";
}
