import { create } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { QueryClient } from "@tanstack/react-query";
import { MOST, type IncidentFilter } from "../api/queries/incidents";
import { IncidentViewSchema, type ListResponse } from "../gen/vaka/intake/v1/intake_service_pb";
import type { Incident } from "../gen/vaka/intake/v1/types_pb";

/**
 * Puts a report that the stream brought into every list it belongs to, so that it is on the map before the lists are
 * read anew. What the stream leaves out (the text, a home's masked place) comes with that reading.
 */
export function showArrived(queries: QueryClient, incident: Incident, seq: bigint, now: number): void {
  for (const [key, list] of queries.getQueriesData<ListResponse>({ queryKey: ["incidents"] })) {
    if (list === undefined || !belongs(key[1] as IncidentFilter, incident, now)) continue;
    if (list.incidents.some((view) => view.incident?.id === incident.id)) continue;
    const view = create(IncidentViewSchema, { incident, seq, version: 1 });
    queries.setQueryData<ListResponse>(key, { ...list, incidents: [view, ...list.incidents].slice(0, MOST) });
  }
}

/** By what the filter asks for. A list of one's own reports has to be read: the page does not know whose this one is. */
function belongs(filter: IncidentFilter, incident: Incident, now: number): boolean {
  if (filter.own || incident.severity < filter.minSeverity) return false;
  if (filter.district !== "" && incident.where?.district !== filter.district) return false;
  return incident.observedFrom !== undefined && timestampMs(incident.observedFrom) >= now - filter.days * 86_400_000;
}
