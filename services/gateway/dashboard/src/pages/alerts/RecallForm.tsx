import { Button, Textarea } from "@mantine/core";
import { useState } from "react";
import { useRecall } from "../../api/queries/alerts";
import { useWords } from "../../i18n";
import { Failed } from "../../parts/States";

export function RecallForm({ alert, onClose }: { alert: string; onClose: () => void }) {
  const { alerts, common } = useWords();
  const [reason, setReason] = useState("");
  const [asked, setAsked] = useState(false);
  const recall = useRecall();
  const submit = () => {
    setAsked(true);
    if (reason.trim() !== "") recall.mutate({ alert, reason: reason.trim() }, { onSuccess: onClose });
  };
  return (
    <form className="card stack" aria-label={alerts.recallTitle} onSubmit={(event) => { event.preventDefault(); submit(); }}>
      <h3>{alerts.recallTitle}</h3>
      <p style={{ margin: 0 }}>{alerts.recallHelp}</p>
      {recall.isError && <Failed error={recall.error} />}
      <Textarea
        label={alerts.recallReason}
        maxLength={300}
        autosize
        minRows={2}
        value={reason}
        error={asked && reason.trim() === "" ? alerts.recallReasonMissing : undefined}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <div className="row">
        <Button type="submit" color="red" loading={recall.isPending}>{alerts.recallDo}</Button>
        <Button variant="default" onClick={onClose}>{common.actions.cancel}</Button>
      </div>
    </form>
  );
}
