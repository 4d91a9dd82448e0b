import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { QueryClient } from "@tanstack/react-query";
import { beforeEach, describe, expect, it } from "vitest";
import type { IncidentFilter } from "../api/queries/incidents";
import { ListResponseSchema, type ListResponse } from "../gen/vaka/intake/v1/intake_service_pb";
import { IncidentSchema } from "../gen/vaka/intake/v1/types_pb";
import { showArrived } from "./arrived";

const NOW = 1_700_000_000_000;
const DAY = 86_400_000;
const ALL: IncidentFilter = { days: 7, district: "", minSeverity: 0, own: false };

function reported(id: string, days = 0) {
  return create(IncidentSchema, {
    id,
    severity: 2,
    where: { district: "alby", point: { lat: 59.24, lon: 17.85 } },
    observedFrom: timestampFromMs(NOW - days * DAY),
  });
}

describe("showArrived", () => {
  let queries: QueryClient;

  function listOf(filter: IncidentFilter): string[] | undefined {
    return queries.getQueryData<ListResponse>(["incidents", filter])?.incidents.map((view) => view.incident?.id ?? "");
  }

  beforeEach(() => {
    queries = new QueryClient();
  });

  it("puts a report first in every list it belongs to, and in no other", () => {
    const kept: IncidentFilter[] = [ALL, { ...ALL, district: "alby" }, { ...ALL, minSeverity: 2 }];
    const others: IncidentFilter[] = [{ ...ALL, district: "tumba" }, { ...ALL, minSeverity: 3 }, { ...ALL, own: true }];
    for (const filter of [...kept, ...others]) {
      queries.setQueryData(["incidents", filter], create(ListResponseSchema, { incidents: [{ incident: reported("old") }] }));
    }
    showArrived(queries, reported("new"), 9n, NOW);
    for (const filter of kept) expect(listOf(filter)).toEqual(["new", "old"]);
    for (const filter of others) expect(listOf(filter)).toEqual(["old"]);
  });

  it("leaves a list alone that has it, that is too short for it, or that nobody has read", () => {
    queries.setQueryData(["incidents", ALL], create(ListResponseSchema, { incidents: [{ incident: reported("new") }] }));
    showArrived(queries, reported("new"), 9n, NOW);
    showArrived(queries, reported("long ago", 8), 10n, NOW);
    expect(listOf(ALL)).toEqual(["new"]);
    expect(listOf({ ...ALL, days: 1 })).toBeUndefined();
  });
});
