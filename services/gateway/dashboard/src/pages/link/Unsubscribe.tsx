import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useClients } from "../../api/clients";
import { newKey } from "../../api/keys";
import { useWords } from "../../i18n";
import { Failed } from "../../parts/States";

export function Unsubscribe({ link: signed }: { link: string }) {
  const { link, common } = useWords();
  const { notifications } = useClients();
  const [sure, setSure] = useState(false);
  const stop = useMutation({
    mutationKey: ["link"],
    mutationFn: () => notifications.unsubscribe({ link: signed, idempotencyKey: newKey() }),
  });
  if (stop.isSuccess) return <p role="status" style={{ margin: 0 }}>{link.unsubscribed}</p>;
  return (
    <section className="stack" aria-labelledby="stop-title">
      <h2 id="stop-title" style={{ fontSize: "1.0625rem" }}>{link.settings}</h2>
      {stop.isError && <Failed error={stop.error} />}
      {sure ? (
        <div className="row">
          <span className="grow">{link.unsubscribeSure}</span>
          <Button color="red" variant="outline" loading={stop.isPending} onClick={() => stop.mutate()}>{link.unsubscribeDo}</Button>
          <Button variant="default" onClick={() => setSure(false)}>{common.actions.cancel}</Button>
        </div>
      ) : (
        <div><Button variant="default" onClick={() => setSure(true)}>{link.unsubscribe}</Button></div>
      )}
    </section>
  );
}
