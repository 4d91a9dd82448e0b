import { createClient, type Client, type Interceptor, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { createContext, useContext, useMemo, type ReactNode } from "react";
import { DispatchService } from "../gen/vaka/dispatch/v1/dispatch_service_pb";
import { EstService } from "../gen/vaka/est/v1/est_service_pb";
import { DemoService, LiveService, SessionService } from "../gen/vaka/gateway/v1/gateway_service_pb";
import { IntakeService } from "../gen/vaka/intake/v1/intake_service_pb";
import { NotificationsService } from "../gen/vaka/notifications/v1/notifications_service_pb";
import { RegistryService } from "../gen/vaka/registry/v1/registry_service_pb";
import { notingAge } from "./age";
import { sessionStore } from "./session";

export interface Clients {
  session: Client<typeof SessionService>;
  live: Client<typeof LiveService>;
  demo: Client<typeof DemoService>;
  registry: Client<typeof RegistryService>;
  intake: Client<typeof IntakeService>;
  notifications: Client<typeof NotificationsService>;
  dispatch: Client<typeof DispatchService>;
  est: Client<typeof EstService>;
}

/**
 * Signs every call and says which municipality it is for, as the session has it. A call that carries a signed link
 * says so itself: the link holds its own municipality and proves its own right.
 */
export const asSession: Interceptor = (next) => (request) => {
  const session = sessionStore.get();
  const message = request.message as { kommun?: unknown; link?: unknown };
  if (session !== null && message.link === undefined) {
    request.header.set("Authorization", `Bearer ${session.token}`);
    if (message.kommun === "") message.kommun = session.identity.kommun;
  }
  return next(request);
};

export function gatewayTransport(): Transport {
  return createConnectTransport({
    baseUrl: window.location.origin,
    defaultTimeoutMs: 15000,
    interceptors: [asSession, notingAge],
  });
}

export function clientsOf(transport: Transport): Clients {
  return {
    session: createClient(SessionService, transport),
    live: createClient(LiveService, transport),
    demo: createClient(DemoService, transport),
    registry: createClient(RegistryService, transport),
    intake: createClient(IntakeService, transport),
    notifications: createClient(NotificationsService, transport),
    dispatch: createClient(DispatchService, transport),
    est: createClient(EstService, transport),
  };
}

const Context = createContext<Clients | null>(null);

export function ClientsProvider({ transport, children }: { transport: Transport; children: ReactNode }) {
  const clients = useMemo(() => clientsOf(transport), [transport]);
  return <Context value={clients}>{children}</Context>;
}

export function useClients(): Clients {
  const clients = useContext(Context);
  if (clients === null) throw new Error("ClientsProvider is missing");
  return clients;
}
