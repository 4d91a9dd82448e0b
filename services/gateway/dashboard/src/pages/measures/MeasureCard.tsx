import { Button, NativeSelect, Textarea } from "@mantine/core";
import { useState } from "react";
import { useMay } from "../../api/access";
import { useMeasureCommand } from "../../api/queries/weeks";
import { useIdentity } from "../../api/session";
import { EstService, type MeasureView } from "../../gen/vaka/est/v1/est_service_pb";
import { Effect, MeasureStatus } from "../../gen/vaka/est/v1/types_pb";
import { Role } from "../../gen/vaka/options/v1/options_pb";
import { useFormats, useWords } from "../../i18n";
import { Choices } from "../../parts/Choices";
import { useNames } from "../../parts/names";
import { Failed } from "../../parts/States";
import "../../styles/report.css";

export function MeasureCard({ view }: { view: MeasureView }) {
  const { measures } = useWords();
  const f = useFormats();
  const names = useNames();
  const may = useMay();
  const { roles } = useIdentity();
  const [following, setFollowing] = useState(false);
  const measure = view.measure!;
  const problem = measure.problem;
  const runs = roles.includes(Role.COORDINATOR) || roles.includes(Role.ANALYST);
  return (
    <article className="card stack" data-measure={measure.id} style={view.overdue ? { borderLeft: "5px solid #a51d2d" } : undefined}>
      <div className="row between">
        <h2 style={{ fontSize: "1.1875rem" }} className="grow">{measure.title}</h2>
        <span className="row" style={{ gap: 6 }}>
          {view.overdue && <span className="badge level-5">! {measures.overdue}</span>}
          <span className="badge">{measures.statuses[measure.status]}</span>
        </span>
      </div>
      <dl className="facts">
        <dt>{measures.problem}</dt>
        <dd>
          {problem?.statement}{" "}
          <span className="muted">({names.category(problem?.category ?? "")}, {names.district(problem?.district ?? "")})</span>
        </dd>
        <dt>{measures.owner}</dt>
        <dd>{[names.agency(measure.ownerAgency), measure.ownerFunction].filter((part) => part !== "").join(", ")}</dd>
        <dt>{measures.due}</dt>
        <dd>{f.day(measure.due)}</dd>
        {measure.place !== "" && (<><dt>{measures.place}</dt><dd>{measure.place}</dd></>)}
        {measure.expectedEffect !== "" && (<><dt>{measures.expected}</dt><dd>{measure.expectedEffect}</dd></>)}
        {measure.partners.length > 0 && (<><dt>{measures.partners}</dt><dd>{measure.partners.map((id) => names.agency(id)).join(", ")}</dd></>)}
      </dl>
      {view.followUps.length > 0 && (
        <div>
          <strong>{measures.followUps}</strong>
          <ul style={{ margin: "4px 0 0", paddingLeft: 20 }}>
            {view.followUps.map((followUp, n) => (
              <li key={n}>{f.day(followUp.at)}: <strong>{measures.effects[followUp.effect]}</strong>. {followUp.evidence}</li>
            ))}
          </ul>
        </div>
      )}
      <div className="row no-print" style={{ alignItems: "end" }}>
        {runs && <Status view={view} />}
        {may(EstService.method.followUpMeasure) && !following && (
          <Button variant="default" onClick={() => setFollowing(true)}>{measures.followUp}</Button>
        )}
      </div>
      {following && <FollowUp measure={measure.id} onClose={() => setFollowing(false)} />}
    </article>
  );
}

function Status({ view }: { view: MeasureView }) {
  const { measures } = useWords();
  const measure = view.measure!;
  const change = useMeasureCommand((est, status: MeasureStatus, idempotencyKey) =>
    est.changeMeasure({ measure: { ...measure, status }, idempotencyKey }),
  );
  return (
    <>
      {change.isError && <Failed error={change.error} />}
      <NativeSelect
        label={measures.setStatus}
        value={String(measure.status)}
        disabled={change.isPending}
        data={[1, 2, 3, 4, 5].map((status) => ({ value: String(status), label: measures.statuses[status] ?? "" }))}
        onChange={(event) => change.mutate(Number(event.currentTarget.value) as MeasureStatus)}
      />
    </>
  );
}

function FollowUp({ measure, onClose }: { measure: string; onClose: () => void }) {
  const { measures, common } = useWords();
  const [effect, setEffect] = useState<Effect>(Effect.BETTER);
  const [evidence, setEvidence] = useState("");
  const [asked, setAsked] = useState(false);
  const save = useMeasureCommand((est, _input: void, idempotencyKey) =>
    est.followUpMeasure({ measure, effect, evidence: evidence.trim(), idempotencyKey }),
  );
  return (
    <form
      className="stack no-print"
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (evidence.trim() !== "") save.mutate(undefined, { onSuccess: onClose });
      }}
    >
      {save.isError && <Failed error={save.error} />}
      <Choices<Effect>
        label={measures.followUpHelp}
        value={effect}
        onChange={setEffect}
        choices={[Effect.BETTER, Effect.SAME, Effect.WORSE, Effect.UNKNOWN].map((one) => [one, measures.effects[one] ?? ""])}
      />
      <Textarea label={measures.evidence} autosize minRows={2} maxLength={2000} value={evidence} error={asked && evidence.trim() === "" ? measures.evidenceMissing : undefined} onChange={(event) => setEvidence(event.currentTarget.value)} />
      <div className="row">
        <Button type="submit" loading={save.isPending}>{measures.saveFollowUp}</Button>
        <Button variant="default" onClick={onClose}>{common.actions.cancel}</Button>
      </div>
    </form>
  );
}
