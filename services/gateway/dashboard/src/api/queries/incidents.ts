import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { IntakeService, type CheckResponse } from "../../gen/vaka/intake/v1/intake_service_pb";
import { useMay } from "../access";
import { useClients } from "../clients";
import { newKey } from "../keys";
import { seen } from "../seen";
import { useCommand } from "./keys";

export interface IncidentFilter {
  days: number;
  district: string;
  minSeverity: number;
  own: boolean;
}

/** Incidents that a list holds. */
export const MOST = 500;

/** Newest first. The category group is filtered on the page: it is a matter of words, not of what is read. */
export function useIncidents(filter: IncidentFilter, wanted = true) {
  const { intake } = useClients();
  const may = useMay();
  return useQuery({
    queryKey: ["incidents", filter],
    enabled: wanted && may(IntakeService.method.list),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      intake.list(
        {
          atLeast: seen.get(),
          observedFrom: timestampFromDate(new Date(Date.now() - filter.days * 86_400_000)),
          district: filter.district,
          minSeverity: filter.minSeverity,
          own: filter.own,
          limit: MOST,
        },
        { signal },
      ),
  });
}

export function useWithdraw() {
  return useCommand(["incidents", "weeks"], ({ intake }, input: { incident: string; reason: string }) =>
    intake.withdraw({ ...input, idempotencyKey: newKey() }),
  );
}

/** What of a text looks like personal data; asked while typing, nothing is recorded. */
export function useTextCheck(text: string) {
  const { intake } = useClients();
  return useQuery<CheckResponse>({
    queryKey: ["check", text],
    enabled: text.trim().length > 3,
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
    queryFn: ({ signal }) => intake.check({ text }, { signal }),
  });
}
