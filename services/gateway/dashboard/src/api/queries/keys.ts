import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { useClients, type Clients } from "../clients";
import { seen } from "../seen";
import type { Scope } from "../../live/affects";

/**
 * A command: runs `call`, remembers the fact that it led to so that later reads include it, and makes the queries
 * of `scopes` old.
 */
export function useCommand<Input, Output extends { seq: bigint }>(
  scopes: readonly Scope[],
  call: (clients: Clients, input: Input) => Promise<Output>,
): UseMutationResult<Output, Error, Input> {
  const clients = useClients();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (input: Input) => call(clients, input),
    onSuccess: ({ seq }) => {
      seen.note(seq);
      for (const scope of scopes) void queries.invalidateQueries({ queryKey: [scope] });
    },
  });
}
