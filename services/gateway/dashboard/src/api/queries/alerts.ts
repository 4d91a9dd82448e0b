import { useQuery } from "@tanstack/react-query";
import { create } from "@bufbuild/protobuf";
import {
  MessageSchema,
  NotificationsService,
  type AlertView,
} from "../../gen/vaka/notifications/v1/notifications_service_pb";
import { useMay } from "../access";
import { useClients } from "../clients";
import { newKey } from "../keys";
import { seen } from "../seen";
import { useCommand } from "./keys";

export function useAlerts(limit = 50) {
  const { notifications } = useClients();
  const may = useMay();
  return useQuery({
    queryKey: ["alerts", limit],
    enabled: may(NotificationsService.method.listAlerts),
    queryFn: async ({ signal }) =>
      (await notifications.listAlerts({ limit, atLeast: seen.get() }, { signal })).alerts,
  });
}

export function useAlert(alert: string) {
  const { notifications } = useClients();
  return useQuery({
    queryKey: ["alerts", "one", alert],
    enabled: alert !== "",
    queryFn: ({ signal }) => notifications.getAlert({ alert, atLeast: seen.get() }, { signal }),
  });
}

export interface MessageDraft {
  areas: string[];
  districts: string[];
  text: string;
  severity: number;
}

export function usePreview(draft: MessageDraft | null) {
  const { notifications } = useClients();
  return useQuery({
    queryKey: ["preview", draft],
    enabled: draft !== null,
    gcTime: 0,
    retry: false,
    queryFn: ({ signal }) =>
      notifications.previewMessage({ message: create(MessageSchema, draft ?? {}) }, { signal }),
  });
}

export function useSendMessage() {
  return useCommand(["alerts"], ({ notifications }, input: { draft: MessageDraft; key: string }) =>
    notifications.sendMessage({
      idempotencyKey: input.key,
      message: create(MessageSchema, input.draft),
    }),
  );
}

export function useRecall() {
  return useCommand(["alerts"], ({ notifications }, input: { alert: string; reason: string }) =>
    notifications.recallAlert({ ...input, idempotencyKey: newKey() }),
  );
}

export function useQueues() {
  const { notifications } = useClients();
  return useQuery({
    queryKey: ["queues"],
    refetchInterval: 3000,
    queryFn: ({ signal }) => notifications.queues({}, { signal }),
  });
}

/** Areas of an alert where somebody was to be told, and nobody has answered. */
export function silentAreas(view: AlertView): string[] {
  return view.areas
    .filter(({ reach }) => reach !== undefined && reach.recipients > 0 && reach.acknowledged === 0 && reach.relayed === 0)
    .map(({ area }) => area);
}

/** Areas of an alert where there is nobody to tell. */
export function areasWithoutAnyone(view: AlertView): string[] {
  return view.areas.filter(({ reach }) => reach !== undefined && reach.recipients === 0).map(({ area }) => area);
}
