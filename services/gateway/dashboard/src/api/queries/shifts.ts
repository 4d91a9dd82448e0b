import { useQuery } from "@tanstack/react-query";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Clients } from "../clients";
import { useClients } from "../clients";
import { newKey } from "../keys";
import { seen } from "../seen";
import { useCommand } from "./keys";

/** One shift; empty id: today's, and null when there is none today. */
export function useShift(shift: string) {
  const { dispatch } = useClients();
  return useQuery({
    queryKey: ["shifts", "one", shift],
    queryFn: async ({ signal }) => {
      try {
        return (await dispatch.getShift({ shift, atLeast: seen.get() }, { signal })).shift ?? null;
      } catch (error) {
        if (ConnectError.from(error).code === Code.NotFound) return null;
        throw error;
      }
    },
  });
}

export function useShifts() {
  const { dispatch } = useClients();
  return useQuery({
    queryKey: ["shifts", "list"],
    queryFn: async ({ signal }) =>
      (await dispatch.listShifts({ limit: 14, atLeast: seen.get() }, { signal })).shifts,
  });
}

export function usePlan(shift: string, wanted: boolean) {
  const { dispatch } = useClients();
  return useQuery({
    queryKey: ["shifts", "plan", shift],
    enabled: wanted,
    queryFn: ({ signal }) => dispatch.planShift({ shift, atLeast: seen.get() }, { signal }),
  });
}

/** A command about a shift, with a key of its own made when it is given. */
export function useShiftCommand<Input, Output extends { seq: bigint }>(
  call: (dispatch: Clients["dispatch"], input: Input, idempotencyKey: string) => Promise<Output>,
) {
  return useCommand(["shifts", "weeks"], (clients, input: Input) => call(clients.dispatch, input, newKey()));
}
