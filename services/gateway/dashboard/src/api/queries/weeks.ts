import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { EstService } from "../../gen/vaka/est/v1/est_service_pb";
import { useMay } from "../access";
import type { Clients } from "../clients";
import { useClients } from "../clients";
import { newKey } from "../keys";
import { seen } from "../seen";
import { useCommand } from "./keys";

export interface WeekNumber {
  year: number;
  week: number;
}

/** A week's picture; null: the current week. `draft`: as computed now, whatever is published. */
export function useWeek(week: WeekNumber | null, revision = 0, draft = false) {
  const { est } = useClients();
  const may = useMay();
  return useQuery({
    queryKey: ["weeks", "one", week, revision, draft],
    enabled: may(EstService.method.getWeek),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      est.getWeek(
        { atLeast: seen.get(), revision, draft, ...(week === null ? {} : { week }) },
        { signal },
      ),
  });
}

export function useWeeks() {
  const { est } = useClients();
  return useQuery({
    queryKey: ["weeks", "list"],
    queryFn: async ({ signal }) => (await est.listWeeks({ limit: 30, atLeast: seen.get() }, { signal })).weeks,
  });
}

export function useMeasures(openOnly: boolean) {
  const { est } = useClients();
  const may = useMay();
  return useQuery({
    queryKey: ["measures", openOnly],
    enabled: may(EstService.method.listMeasures),
    queryFn: async ({ signal }) =>
      (await est.listMeasures({ openOnly, atLeast: seen.get() }, { signal })).measures,
  });
}

export function useWeekCommand<Input, Output extends { seq: bigint }>(
  call: (est: Clients["est"], input: Input, idempotencyKey: string) => Promise<Output>,
) {
  return useCommand(["weeks"], (clients, input: Input) => call(clients.est, input, newKey()));
}

export function useMeasureCommand<Input, Output extends { seq: bigint }>(
  call: (est: Clients["est"], input: Input, idempotencyKey: string) => Promise<Output>,
) {
  return useCommand(["measures"], (clients, input: Input) => call(clients.est, input, newKey()));
}
