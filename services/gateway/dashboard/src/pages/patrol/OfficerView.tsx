import { Button } from "@mantine/core";
import { useMemo } from "react";
import { useShiftCommand } from "../../api/queries/shifts";
import { useAreas } from "../../api/queries/registry";
import type { ShiftView } from "../../gen/vaka/dispatch/v1/dispatch_service_pb";
import { ShiftState, StopState } from "../../gen/vaka/dispatch/v1/types_pb";
import { useFormats, useWords } from "../../i18n";
import { lngLat } from "../../parts/map/geo";
import { MapView, type RoutePoint } from "../../parts/map/MapView";
import { SafetyLine } from "../../parts/marks";
import { useNames } from "../../parts/names";
import { Empty, Failed } from "../../parts/States";
import { DebriefForm } from "./DebriefForm";
import { Dispatching } from "./Dispatching";
import { OpenShift } from "./OpenShift";
import { PersonName } from "./PersonName";
import { PlanAndBrief } from "./PlanAndBrief";
import { StaffShift } from "./StaffShift";
import { StopList } from "./StopList";

const OVER = [ShiftState.CLOSED, ShiftState.CANCELLED];

/** The briefing officer's page: the step that the shift is at, the last day's list, the car and what was sent to it. */
export function OfficerView({ shift }: { shift: ShiftView | null }) {
  const { patrol } = useWords();
  const none = shift === null || OVER.includes(shift.state);
  return (
    <div className="officer">
      <div className="stack-l">
        {none ? (
          <>
            <Empty title={patrol.noShift} help={patrol.noShiftOfficer} />
            <OpenShift />
          </>
        ) : (
          <ShiftHead shift={shift} />
        )}
        {!none && shift.state === ShiftState.OPEN && <StaffShift shift={shift.id} />}
        {!none && shift.state === ShiftState.STAFFED && <PlanAndBrief shift={shift.id} />}
        {!none && shift.state === ShiftState.RETURNED && <DebriefForm shift={shift.id} />}
        <Dispatching shift={none ? null : shift} />
        <SafetyLine patrol />
      </div>
      {!none && shift.stops.length > 0 && (
        <div className="stack-l">
          <RouteMap shift={shift} />
          <StopList stops={shift.stops} next={shift.stops.find(({ state }) => state === StopState.PLANNED)?.id ?? ""} />
        </div>
      )}
    </div>
  );
}

function ShiftHead({ shift }: { shift: ShiftView }) {
  const { patrol } = useWords();
  const f = useFormats();
  const close = useShiftCommand((dispatch, input: { cancelled: boolean; reason: string }, idempotencyKey) =>
    dispatch.closeShift({ shift: shift.id, idempotencyKey, ...input }),
  );
  const done = shift.stops.filter(({ state }) => state !== StopState.PLANNED).length;
  return (
    <section className="card stack" aria-labelledby="shift-now">
      <div className="row between">
        <h2 id="shift-now">{patrol.officer.ride}</h2>
        <span className="badge" data-shift-state={ShiftState[shift.state]}>{patrol.states[shift.state]}</span>
      </div>
      <dl className="facts">
        <dt>{patrol.today}</dt>
        <dd>{patrol.time(f.time(shift.starts), f.time(shift.ends))}</dd>
        <dt>{patrol.car}</dt>
        <dd>{shift.car || "–"}</dd>
        <dt>{patrol.crew}</dt>
        <dd>
          {shift.crew.length === 0 && "–"}
          {shift.crew.map((id, n) => (
            <span key={id}>
              {n > 0 && ", "}
              <PersonName person={id} otherwise={patrol.crewMember(n + 1)} />
              {id === shift.driver && ` (${patrol.driver.toLowerCase()})`}
            </span>
          ))}
        </dd>
        {shift.stops.length > 0 && (
          <>
            <dt>{patrol.route}</dt>
            <dd className="num">{patrol.stopOf(done, shift.stops.length)}</dd>
          </>
        )}
      </dl>
      {shift.checkInMissed && <p role="alert" className="safety" style={{ margin: 0 }}>{patrol.checkInLate}</p>}
      {shift.state === ShiftState.OUT && shift.checkInDue !== undefined && (
        <p className="muted" style={{ margin: 0 }}>{patrol.checkInDue(f.time(shift.checkInDue))}</p>
      )}
      {close.isError && <Failed error={close.error} />}
      {shift.state === ShiftState.DEBRIEFED && (
        <div><Button loading={close.isPending} onClick={() => close.mutate({ cancelled: false, reason: "" })}>{patrol.officer.close}</Button></div>
      )}
    </section>
  );
}

function RouteMap({ shift }: { shift: ShiftView }) {
  const { map } = useWords();
  const names = useNames();
  const areas = useAreas();
  const route = useMemo(() => {
    const next = shift.stops.find(({ state }) => state === StopState.PLANNED)?.id;
    return shift.stops.flatMap((stop, n): RoutePoint[] => {
      if (stop.point === undefined) return [];
      const state = stop.id === next ? "next" : stop.state === StopState.DONE ? "done" : stop.state === StopState.SKIPPED ? "skipped" : "planned";
      return [{ at: lngLat(stop.point), label: String(n + 1), state }];
    });
  }, [shift.stops]);
  return (
    <div className="officer-map">
      <MapView label={map.mapLabel} outline={names.config?.outline} districts={names.districts} areas={areas.data ?? []} route={route} />
    </div>
  );
}
