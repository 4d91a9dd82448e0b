import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useState } from "react";
import { useMay } from "../../api/access";
import { newKey } from "../../api/keys";
import { useCommand } from "../../api/queries/keys";
import { RegistryService, type AreaView } from "../../gen/vaka/registry/v1/registry_service_pb";
import type { AreaStage } from "../../gen/vaka/registry/v1/types_pb";
import { useFormats, useWords } from "../../i18n";
import { useNames } from "../../parts/names";
import { Failed } from "../../parts/States";
import { vitalityOf, type Vitality } from "./vitality";

const TONE: Record<Vitality, string> = { strong: "level-2", ok: "level-1", weak: "level-4", asleep: "", starting: "level-3" };

export function AreaCard({ view }: { view: AreaView }) {
  const { areas } = useWords();
  const f = useFormats();
  const names = useNames();
  const may = useMay();
  const [changing, setChanging] = useState(false);
  const area = view.area!;
  const households = area.households.reduce((sum, { households: n }) => sum + n, 0);
  const vitality = vitalityOf(view, Date.now());
  return (
    <article className="card stack" style={{ gap: 8, height: "100%" }} data-area={area.id}>
      <div className="row between" style={{ alignItems: "start" }}>
        <div className="grow">
          <h3>{area.name}</h3>
          <span className="muted">{names.district(area.district)} · {areas.kinds[area.kind]}</span>
        </div>
        <span className="badge">{areas.stages[view.stage]}</span>
      </div>
      <dl className="facts">
        <dt>{areas.households}</dt>
        <dd className="num">{f.number(households)}</dd>
        <dt>{areas.contacts}</dt>
        <dd className="num">{view.contactPersons === 0 ? areas.noContact : view.contactPersons}</dd>
        <dt>{areas.lastFollowUp}</dt>
        <dd>{view.lastFollowUp === undefined ? areas.never : f.day(view.lastFollowUp)}</dd>
        <dt>{areas.signs}</dt>
        <dd className="num">{view.signs}</dd>
        {area.association !== "" && (<><dt>{areas.association}</dt><dd>{area.association}</dd></>)}
      </dl>
      <div className="row between">
        <span className={`badge ${TONE[vitality]}`}><span className="visually-hidden">{areas.vitality}: </span>{areas.vitalities[vitality]}</span>
        {may(RegistryService.method.changeAreaStage) && !changing && (
          <Button variant="subtle" aria-label={`${areas.change}: ${area.name}`} onClick={() => setChanging(true)}>{areas.change}</Button>
        )}
      </div>
      {changing && <StageForm view={view} onClose={() => setChanging(false)} />}
    </article>
  );
}

function StageForm({ view, onClose }: { view: AreaView; onClose: () => void }) {
  const { areas, common } = useWords();
  const [to, setTo] = useState(String(view.stage));
  const [reason, setReason] = useState("");
  const change = useCommand(["areas"], ({ registry }, stage: AreaStage) =>
    registry.changeAreaStage({ area: view.area!.id, to: stage, reason: reason.trim(), idempotencyKey: newKey() }),
  );
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); change.mutate(Number(to) as AreaStage, { onSuccess: onClose }); }}>
      {change.isError && <Failed error={change.error} />}
      <NativeSelect label={areas.stage} value={to} data={[1, 2, 3, 4, 5, 6, 7].map((n) => ({ value: String(n), label: areas.stages[n] ?? "" }))} onChange={(event) => setTo(event.currentTarget.value)} />
      <TextInput label={areas.changeReason} maxLength={300} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
      <div className="row">
        <Button type="submit" disabled={to === String(view.stage)} loading={change.isPending}>{common.actions.save}</Button>
        <Button variant="default" onClick={onClose}>{common.actions.cancel}</Button>
      </div>
    </form>
  );
}
