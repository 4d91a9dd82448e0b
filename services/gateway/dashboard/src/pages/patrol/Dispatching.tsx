import { Button } from "@mantine/core";
import { useState } from "react";
import { useIncidents } from "../../api/queries/incidents";
import { useShiftCommand } from "../../api/queries/shifts";
import type { ShiftView } from "../../gen/vaka/dispatch/v1/dispatch_service_pb";
import { DispatchAnswer, ShiftState } from "../../gen/vaka/dispatch/v1/types_pb";
import type { IncidentView } from "../../gen/vaka/intake/v1/intake_service_pb";
import { useFormats, useWords } from "../../i18n";
import { useNow } from "../../parts/clock";
import { SeverityMark } from "../../parts/marks";
import { useNames } from "../../parts/names";
import { Failed, Loaded } from "../../parts/States";

const PIECE = 8;

/** The last day's incidents, each one tap from the car, with the car's answer beside those already sent. */
export function Dispatching({ shift }: { shift: ShiftView | null }) {
  const { patrol, common } = useWords();
  const names = useNames();
  const [many, setMany] = useState(PIECE);
  const query = useIncidents({ days: 1, district: "", minSeverity: 0, own: false });
  const send = useShiftCommand((dispatch, incident: string, idempotencyKey) =>
    dispatch.dispatchIncident({ shift: shift?.id ?? "", incident, idempotencyKey }),
  );
  const out = shift?.state === ShiftState.OUT;
  const answers = patrol.dispatch;
  const answerOf = (answer: DispatchAnswer) =>
    ({
      [DispatchAnswer.UNSPECIFIED]: answers.waiting,
      [DispatchAnswer.ACCEPTED]: answers.accept,
      [DispatchAnswer.DECLINED]: answers.declined,
      [DispatchAnswer.TIMED_OUT]: answers.timedOut,
    })[answer];
  return (
    <>
      <section className="stack" aria-labelledby="sent-to-car">
        <h2 id="sent-to-car">{answers.list}</h2>
        {(shift?.dispatches ?? []).length === 0 ? (
          <p className="muted" style={{ margin: 0 }}>{answers.none}</p>
        ) : (
          <ul className="plain stack" style={{ gap: 8 }}>
            {[...shift!.dispatches].reverse().map((dispatch) => {
              const incident = query.data?.incidents.find((view) => view.incident?.id === dispatch.incident)?.incident;
              return (
                <li key={dispatch.id} className="card row between" style={{ padding: "10px 14px" }} data-dispatch={dispatch.id}>
                  <span className="grow">
                    <strong>{incident === undefined ? dispatch.stop?.why : names.category(incident.category)}</strong>
                    <span className="muted"> {incident === undefined ? "" : names.place(incident.where)}</span>
                  </span>
                  <span className="badge">{answerOf(dispatch.answer)}</span>
                </li>
              );
            })}
          </ul>
        )}
      </section>
      <section className="stack" aria-labelledby="last-day">
        <h2 id="last-day">{shift === null || shift.state < ShiftState.BRIEFED ? patrol.officer.briefing : answers.fresh}</h2>
        {send.isError && <Failed error={send.error} />}
        <Loaded query={query}>
          {({ incidents }) =>
            incidents.length === 0 ? (
              <p className="muted" style={{ margin: 0 }}>{answers.freshEmpty}</p>
            ) : (
              <>
                {!out && <p className="muted" style={{ margin: 0 }}>{answers.notOut}</p>}
                <ul className="plain stack" style={{ gap: 8 }}>
                  {incidents.slice(0, many).map((view) => (
                    <Fresh
                      key={view.incident!.id}
                      view={view}
                      sent={shift?.dispatches.some(({ incident }) => incident === view.incident!.id) === true}
                      possible={out && !send.isPending}
                      onSend={() => send.mutate(view.incident!.id)}
                    />
                  ))}
                </ul>
                {incidents.length > many && <Button variant="default" onClick={() => setMany(many + 30)}>{common.actions.more}</Button>}
              </>
            )
          }
        </Loaded>
      </section>
    </>
  );
}

function Fresh({ view, sent, possible, onSend }: { view: IncidentView; sent: boolean; possible: boolean; onSend: () => void }) {
  const { patrol } = useWords();
  const f = useFormats();
  const names = useNames();
  const now = useNow(30_000);
  const incident = view.incident!;
  const name = names.category(incident.category);
  return (
    <li className="card row between" style={{ padding: "10px 14px" }} data-incident={incident.id}>
      <div className="grow">
        <strong>{name}</strong> <span className="muted">{names.place(incident.where)}</span>
        <div className="row" style={{ gap: 10 }}>
          <SeverityMark severity={incident.severity} />
          <span className="muted">{f.ago(incident.observedFrom, now)}</span>
        </div>
      </div>
      {!sent && possible && (
        <Button variant="default" aria-label={`${patrol.dispatch.send}: ${name}, ${names.place(incident.where)}`} onClick={onSend}>{patrol.dispatch.send}</Button>
      )}
    </li>
  );
}
