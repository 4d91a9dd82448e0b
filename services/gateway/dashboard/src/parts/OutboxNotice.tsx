import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect } from "react";
import { useClients } from "../api/clients";
import { outbox } from "../api/outbox";
import { useStore } from "../api/store";
import { useFormats, useWords } from "../i18n";
import { useLive } from "../live/LiveProvider";

const RETRY_MS = 10_000;

/** What waits on this device, and the work of sending it when there is contact again. */
export function OutboxNotice() {
  const { common } = useWords();
  const f = useFormats();
  const clients = useClients();
  const queries = useQueryClient();
  const items = useStore(outbox.items);
  const { phase } = useLive();
  const waiting = items.filter(({ refused }) => refused === undefined);
  const refused = items.filter(({ refused: why }) => why !== undefined);

  const flush = useCallback(async () => {
    if ((await outbox.flush(clients)) > 0) await queries.invalidateQueries();
  }, [clients, queries]);

  useEffect(() => {
    if (waiting.length === 0) return;
    const now = () => void flush();
    window.addEventListener("online", now);
    const timer = setInterval(now, RETRY_MS);
    return () => {
      window.removeEventListener("online", now);
      clearInterval(timer);
    };
  }, [waiting.length, flush]);

  useEffect(() => {
    if (phase === "live") void flush();
  }, [phase, flush]);

  if (items.length === 0) return null;
  return (
    <div className="notice no-print" role="status">
      <div className="notice-in stack">
        {waiting.length > 0 && (
          <div className="row between">
            <span className="grow">
              <strong>{common.offline.waiting(waiting.length)}.</strong> {common.offline.explain}
            </span>
            <Button variant="default" onClick={() => void flush()}>{common.offline.tryNow}</Button>
          </div>
        )}
        {refused.map((item) => (
          <div key={item.key} className="row between">
            <span className="grow">
              <strong>{`${common.offline.refused}: ${common.offline.kinds[item.kind]} ${f.dayTime(item.at)}.`}</strong> {item.refused}
            </span>
            <Button variant="default" onClick={() => outbox.forget(item.key)}>{common.offline.forget}</Button>
          </div>
        ))}
      </div>
    </div>
  );
}
