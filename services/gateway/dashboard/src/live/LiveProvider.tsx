import { useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useState, type ReactNode } from "react";
import { useClients } from "../api/clients";
import { useMay } from "../api/access";
import { seen } from "../api/seen";
import { useSession } from "../api/session";
import { Store, useStore } from "../api/store";
import { LiveService } from "../gen/vaka/gateway/v1/gateway_service_pb";
import { affectedBy } from "./affects";
import { showArrived } from "./arrived";
import { noteFresh } from "./fresh";
import { Refresher } from "./refresher";
import { LiveStream, recordedAt, type LiveState } from "./stream";

const OFF: LiveState = { phase: "off", heardAt: null, seq: 0n };
const Context = createContext<Store<LiveState>>(new Store(OFF));

/** Keeps the one live stream going while somebody is signed in who may watch, and passes what comes to the queries. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const clients = useClients();
  const queries = useQueryClient();
  const session = useSession();
  const watching = useMay()(LiveService.method.watch) && session !== null;
  const token = session?.token;
  const [state, setState] = useState<Store<LiveState>>(() => new Store(OFF));

  useEffect(() => {
    if (!watching) return;
    const refresher = new Refresher(queries);
    const stream = new LiveStream(clients.live, {
      onFact(event) {
        seen.note(event.seq);
        if (event.fact.case === "incidentReported" && event.fact.value.incident !== undefined) {
          showArrived(queries, event.fact.value.incident, event.seq, Date.now());
          noteFresh(event.fact.value.incident.id, recordedAt(event));
          for (const scope of affectedBy(event)) refresher.touchLater(scope);
          return;
        }
        for (const scope of affectedBy(event)) refresher.touch(scope);
      },
      onDelivery: () => refresher.touch("alerts"),
      onGap(everything) {
        if (everything) seen.reset();
        if (everything) refresher.everything();
        else refresher.touch("alerts");
      },
    });
    setState(stream.state);
    stream.start();
    return () => {
      stream.stop();
      refresher.stop();
    };
  }, [clients, queries, watching, token]);

  return <Context value={state}>{children}</Context>;
}

export function useLive(): LiveState {
  return useStore(useContext(Context));
}
