import { Button, Textarea } from "@mantine/core";
import { useState } from "react";
import { usePlan, useShiftCommand } from "../../api/queries/shifts";
import type { PlanShiftResponse } from "../../gen/vaka/dispatch/v1/dispatch_service_pb";
import { useFormats, useWords } from "../../i18n";
import { useNames } from "../../parts/names";
import { Failed, Loaded } from "../../parts/States";

/** The proposed stops, to be thinned out, and the wishes; then the briefing was held. */
export function PlanAndBrief({ shift }: { shift: string }) {
  const plan = usePlan(shift, true);
  return <Loaded query={plan}>{(proposal) => <BriefForm shift={shift} plan={proposal} />}</Loaded>;
}

function BriefForm({ shift, plan }: { shift: string; plan: PlanShiftResponse }) {
  const { patrol } = useWords();
  const f = useFormats();
  const names = useNames();
  const [removed, setRemoved] = useState<readonly string[]>([]);
  const [wishes, setWishes] = useState("");
  const brief = useShiftCommand((dispatch, _input: void, idempotencyKey) =>
    dispatch.briefShift({
      shift,
      idempotencyKey,
      wishes: wishes.trim(),
      // As proposed when nothing was removed: the server then plans on what it knows at that moment.
      incidents: removed.length === 0 ? [] : plan.incidents,
      stops: removed.length === 0 ? [] : plan.stops.filter(({ id }) => !removed.includes(id)),
    }),
  );
  const flip = (id: string) => setRemoved(removed.includes(id) ? removed.filter((one) => one !== id) : [...removed, id]);
  return (
    <section className="card stack" aria-labelledby="plan">
      <div className="row between">
        <h2 id="plan">{patrol.officer.plan}</h2>
        <span className="muted num">{patrol.km(f.decimal(plan.metres / 1000))}</span>
      </div>
      <p className="muted" style={{ margin: 0 }}>{plan.stops.length === 0 ? patrol.officer.planEmpty : patrol.officer.planHelp}</p>
      <ol className="plain route">
        {plan.stops.map((stop, n) => {
          const gone = removed.includes(stop.id);
          return (
            <li key={stop.id} style={{ flexWrap: "wrap" }}>
              <span className="route-number" aria-hidden="true">{n + 1}</span>
              <span className="grow" style={gone ? { textDecoration: "line-through" } : undefined}>
                <strong>{stop.area === "" ? names.district(stop.district) : names.area(stop.area)}</strong> · {patrol.stopKinds[stop.kind]}
                <br />
                <span className="muted">{stop.why}</span>
              </span>
              <Button variant="default" aria-pressed={gone} onClick={() => flip(stop.id)}>{gone ? patrol.officer.putBack : patrol.officer.remove}</Button>
            </li>
          );
        })}
      </ol>
      <Textarea label={patrol.wishes} maxLength={2000} autosize minRows={2} value={wishes} onChange={(event) => setWishes(event.currentTarget.value)} />
      {brief.isError && <Failed error={brief.error} />}
      <Button loading={brief.isPending} onClick={() => brief.mutate()}>{patrol.officer.brief}</Button>
    </section>
  );
}
