import { Alert, Button, Checkbox, MultiSelect } from "@mantine/core";
import { useState } from "react";
import { failureOf } from "../../api/errors";
import { newKey } from "../../api/keys";
import { usePreview, useRecall, useSendMessage, type MessageDraft } from "../../api/queries/alerts";
import { useAreas } from "../../api/queries/registry";
import { useWords } from "../../i18n";
import { CheckedText } from "../../parts/CheckedText";
import { Choices } from "../../parts/Choices";
import { useNames } from "../../parts/names";
import { go } from "../../parts/router";
import { Failed, Loaded } from "../../parts/States";
import { offerUndo } from "../../parts/undo";
import "../../styles/report.css";

/** Write, see exactly who gets it and what it costs, send – and ten seconds to undo, for so long the server holds it. */
export function MessageForm({ first, onClose }: { first: MessageDraft; onClose: () => void }) {
  const { alerts, common } = useWords();
  const [draft, setDraft] = useState(first);
  const [looking, setLooking] = useState(false);
  const [asked, setAsked] = useState(false);
  const nowhere = draft.areas.length + draft.districts.length === 0;
  const problems = [nowhere ? alerts.write.toMissing : "", draft.text.trim() === "" ? alerts.write.textMissing : ""].filter((p) => p !== "");
  return (
    <section className="card stack-l no-print" style={{ marginBottom: 20 }} aria-labelledby="write-title">
      <h2 id="write-title">{alerts.write.title}</h2>
      {looking ? (
        <Preview draft={draft} onBack={() => setLooking(false)} onClose={onClose} />
      ) : (
        <form className="stack-l" noValidate onSubmit={(event) => { event.preventDefault(); setAsked(true); setLooking(problems.length === 0); }}>
          {asked && problems.length > 0 && (
            <Alert role="alert" color="red" variant="light" title={common.states.wrongInputTitle} styles={{ title: { color: "#7a0916" }, message: { color: "var(--ink)" } }}>
              {problems.join(" ")}
            </Alert>
          )}
          <Recipients draft={draft} onChange={setDraft} error={asked && nowhere ? alerts.write.toMissing : undefined} />
          <CheckedText
            label={alerts.write.text}
            help={alerts.write.textHelp}
            value={draft.text}
            onChange={(text) => setDraft({ ...draft, text })}
            error={asked && draft.text.trim() === "" ? alerts.write.textMissing : undefined}
          />
          <Choices
            label={alerts.write.severity}
            value={draft.severity}
            onChange={(severity) => setDraft({ ...draft, severity })}
            choices={[2, 3, 4, 5].map((level) => [level, `${level} ${common.severityWords[level]}`])}
          />
          <div className="row">
            <Button type="submit">{alerts.write.preview}</Button>
            <Button variant="default" onClick={onClose}>{common.actions.cancel}</Button>
          </div>
        </form>
      )}
    </section>
  );
}

function Recipients({ draft, onChange, error }: { draft: MessageDraft; onChange: (draft: MessageDraft) => void; error: string | undefined }) {
  const { alerts } = useWords();
  const names = useNames();
  const areas = useAreas();
  return (
    <div className="stack">
      <Checkbox.Group
        label={alerts.write.districts}
        description={alerts.write.areasHelp}
        error={error}
        value={draft.districts}
        onChange={(districts) => onChange({ ...draft, districts })}
      >
        <div className="row" style={{ gap: "0 20px", marginTop: 6 }}>
          {names.districts.map(({ id, name }) => <Checkbox key={id} value={id} label={name} styles={{ body: { minHeight: 44, alignItems: "center" } }} />)}
        </div>
      </Checkbox.Group>
      <MultiSelect
        label={alerts.write.areas}
        searchable
        limit={50}
        data={(areas.data ?? []).map(({ area }) => ({ value: area!.id, label: `${area!.name}, ${names.district(area!.district)}` }))}
        value={draft.areas}
        onChange={(chosen) => onChange({ ...draft, areas: chosen })}
      />
    </div>
  );
}

function Preview({ draft, onBack, onClose }: { draft: MessageDraft; onBack: () => void; onClose: () => void }) {
  const { alerts } = useWords();
  const [key] = useState(newKey);
  const preview = usePreview(draft);
  const send = useSendMessage();
  const recall = useRecall();
  const submit = () =>
    send.mutate({ draft, key }, {
      onSuccess: ({ alert }) => {
        offerUndo(alerts.write.sent, async () => {
          await recall.mutateAsync({ alert, reason: alerts.write.undoReason });
        });
        onClose();
        go(`/larm/${encodeURIComponent(alert)}`);
      },
    });
  const hits = send.isError && (failureOf(send.error).info?.hits.length ?? 0) > 0;
  return (
    <div className="stack-l">
      {send.isError && <Failed error={send.error} />}
      <Loaded query={preview}>
        {(shown) => (
          <>
            <div className="stack">
              <h3>{alerts.write.previewTitle}</h3>
              <p className="hero-number" style={{ margin: 0 }} data-recipients={shown.recipients}>{alerts.write.exactly(shown.recipients)}</p>
              <p style={{ margin: 0 }}>{alerts.write.cost(shown.sms, shown.smsParts, shown.emails)}</p>
              <p className="muted" style={{ margin: 0 }}>{shown.recipients === 0 ? alerts.write.nobody : alerts.write.suppressed(shown.suppressed)}</p>
            </div>
            <div className="grid-2">
              <div className="stack" style={{ gap: 6 }}><strong>{alerts.write.sms}</strong><p className="preview">{shown.smsText}</p></div>
              <div className="stack" style={{ gap: 6 }}>
                <strong>{alerts.write.email}</strong>
                <p className="preview"><b>{shown.emailSubject}</b>{"\n\n"}{shown.emailText}</p>
              </div>
            </div>
            <div className="row">
              <Button disabled={shown.recipients === 0 || hits} loading={send.isPending} onClick={submit}>{alerts.write.send(shown.recipients)}</Button>
              <Button variant="default" onClick={onBack}>{alerts.write.edit}</Button>
            </div>
          </>
        )}
      </Loaded>
      {preview.isError && <Button variant="default" onClick={onBack}>{alerts.write.edit}</Button>}
    </div>
  );
}
