import { Button, CloseButton } from "@mantine/core";
import { useMay } from "../../api/access";
import { useAlerts } from "../../api/queries/alerts";
import { useShift, useShiftCommand } from "../../api/queries/shifts";
import { DispatchService } from "../../gen/vaka/dispatch/v1/dispatch_service_pb";
import { ShiftState } from "../../gen/vaka/dispatch/v1/types_pb";
import type { IncidentView } from "../../gen/vaka/intake/v1/intake_service_pb";
import { NotificationsService } from "../../gen/vaka/notifications/v1/notifications_service_pb";
import { useFormats, useWords } from "../../i18n";
import { SeverityMark } from "../../parts/marks";
import { useNames } from "../../parts/names";
import { Link } from "../../parts/router";
import { Failed } from "../../parts/States";
import { ReachBars } from "../alerts/ReachBars";

/** Everything about the chosen incident, the reach of its alert, and sending it to the car. */
export function IncidentPanel({ view, onClose }: { view: IncidentView; onClose: () => void }) {
  const { common, map } = useWords();
  const f = useFormats();
  const names = useNames();
  const may = useMay();
  const incident = view.incident!;
  return (
    <section className="card stack" aria-labelledby="chosen-incident">
      <div className="row between" style={{ flexWrap: "nowrap", alignItems: "start" }}>
        <h2 id="chosen-incident">{names.category(incident.category)}</h2>
        <CloseButton aria-label={common.actions.close} onClick={onClose} />
      </div>
      <div className="row" style={{ gap: 8 }}>
        <SeverityMark severity={incident.severity} />
        {incident.insecurity && <span className="badge">{map.insecurity}</span>}
        {incident.recurring && <span className="badge">{map.recurring}</span>}
        {view.version > 1 && <span className="badge">{map.corrected(view.version)}</span>}
      </div>
      {view.text !== "" && <p style={{ margin: 0, whiteSpace: "pre-wrap" }}>{view.text}</p>}
      <dl className="facts">
        <dt>{map.where}</dt>
        <dd>
          {names.place(incident.where)} <span className="muted">({map.precision[incident.where?.precision ?? 0]})</span>
          {view.masked && <div className="muted">{map.masked}</div>}
        </dd>
        <dt>{map.observed}</dt>
        <dd>{f.weekdayTime(incident.observedFrom)}</dd>
        <dt>{map.reported}</dt>
        <dd>{f.dayTime(incident.reportedAt)}</dd>
        <dt>{map.source}</dt>
        <dd>{incident.sourceAgency === "" ? common.roles[incident.sourceRole] : names.agency(incident.sourceAgency)}</dd>
        <dt>{map.confidence}</dt>
        <dd>{map.confidences[incident.confidence]}</dd>
        <dt>{map.police}</dt>
        <dd>{map.policeAnswers[incident.reportedToPolice]}</dd>
      </dl>
      {/^https:\/\//.test(incident.url) && (
        <a href={incident.url} target="_blank" rel="noreferrer">{map.sourceLink}</a>
      )}
      {may(NotificationsService.method.listAlerts) && <AlertOf incident={incident.id} />}
      {may(DispatchService.method.dispatchIncident) && <SendToCar incident={incident.id} />}
    </section>
  );
}

function AlertOf({ incident }: { incident: string }) {
  const { map } = useWords();
  const { data } = useAlerts();
  const found = data?.find(({ alert }) => alert?.incidents.includes(incident));
  if (data === undefined) return null;
  return (
    <div className="stack" style={{ gap: 8 }}>
      <h3>{map.alertFor}</h3>
      {found?.reach === undefined ? (
        <p className="muted" style={{ margin: 0 }}>{map.noAlert}</p>
      ) : (
        <>
          <ReachBars reach={found.reach} />
          <Link href={`/larm/${encodeURIComponent(found.alert?.id ?? "")}`}>{map.openAlert}</Link>
        </>
      )}
    </div>
  );
}

function SendToCar({ incident }: { incident: string }) {
  const { map } = useWords();
  const { data: shift } = useShift("");
  const send = useShiftCommand((dispatch, id: string, idempotencyKey) =>
    dispatch.dispatchIncident({ shift: id, incident, idempotencyKey }),
  );
  const sent = shift?.dispatches.some((one) => one.incident === incident) === true;
  if (shift === undefined) return null;
  if (shift === null || shift.state !== ShiftState.OUT) return <p className="muted" style={{ margin: 0 }}>{map.noShiftOut}</p>;
  if (sent || send.isSuccess) return <p role="status" style={{ margin: 0 }}>{map.dispatched}</p>;
  return (
    <>
      {send.isError && <Failed error={send.error} />}
      <Button variant="default" loading={send.isPending} onClick={() => send.mutate(shift.id)}>{map.dispatch}</Button>
    </>
  );
}
