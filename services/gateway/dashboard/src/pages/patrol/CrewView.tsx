import { Button } from "@mantine/core";
import { useShiftCommand } from "../../api/queries/shifts";
import { useIdentity } from "../../api/session";
import type { ShiftView } from "../../gen/vaka/dispatch/v1/dispatch_service_pb";
import { DispatchAnswer, ShiftState, StopKind, StopState, type Stop } from "../../gen/vaka/dispatch/v1/types_pb";
import { useFormats, useWords } from "../../i18n";
import { SafetyLine } from "../../parts/marks";
import { go } from "../../parts/router";
import { Failed } from "../../parts/States";
import { CheckInButton } from "./CheckInButton";
import { DebriefForm } from "./DebriefForm";
import { DispatchCard } from "./DispatchCard";
import { NextStop } from "./NextStop";
import { PersonName } from "./PersonName";
import { StopList } from "./StopList";

/** A call-out that the crew has accepted comes before the plan. */
function nextOf(shift: ShiftView): Stop | undefined {
  return (
    shift.stops.find(({ state, kind }) => state === StopState.PLANNED && kind === StopKind.DISPATCH) ??
    shift.stops.find(({ state }) => state === StopState.PLANNED)
  );
}

export function CrewView({ shift }: { shift: ShiftView }) {
  const { patrol } = useWords();
  const f = useFormats();
  const { person } = useIdentity();
  const next = nextOf(shift);
  const out = shift.state === ShiftState.OUT;
  const asked = shift.dispatches.filter(({ answer }) => answer === DispatchAnswer.UNSPECIFIED);
  return (
    <div className="patrol stack-l">
      {asked.map((dispatch) => <DispatchCard key={dispatch.id} shift={shift.id} dispatch={dispatch} />)}
      <header>
        <p style={{ margin: 0 }}>
          <strong>{patrol.today} {patrol.time(f.time(shift.starts), f.time(shift.ends))}</strong> · {shift.car} ·{" "}
          <span className="badge" style={{ fontSize: "1.125rem" }}>{patrol.states[shift.state]}</span>
        </p>
        <p className="muted" style={{ margin: "4px 0 0" }}>
          {patrol.crew}:{" "}
          {shift.crew.map((id, n) => (
            <span key={id}>
              {n > 0 && ", "}
              {id === person ? patrol.you : <PersonName person={id} otherwise={patrol.crewMember(n + 1)} />}
              {id === shift.driver && ` (${patrol.driver.toLowerCase()})`}
            </span>
          ))}
        </p>
      </header>
      {shift.state === ShiftState.BRIEFED && <StartButton shift={shift.id} />}
      {out && <CheckInButton shift={shift} />}
      {next !== undefined ? (
        <NextStop key={next.id} shift={shift} stop={next} />
      ) : (
        shift.stops.length > 0 && <p className="card" role="status" style={{ margin: 0 }}>✓ {patrol.allDone}</p>
      )}
      <button type="button" className="big-answer" onClick={() => go("/rapportera")}>{patrol.report}</button>
      {shift.wishes !== "" && (
        <section className="card">
          <h2>{patrol.wishes}</h2>
          <p style={{ margin: "6px 0 0", whiteSpace: "pre-wrap" }}>{shift.wishes}</p>
        </section>
      )}
      {shift.stops.length > 0 && <StopList stops={shift.stops} next={next?.id ?? ""} />}
      {out && <ReturnButton shift={shift.id} />}
      {shift.state === ShiftState.RETURNED && <DebriefForm shift={shift.id} />}
      <SafetyLine patrol />
    </div>
  );
}

function StartButton({ shift }: { shift: string }) {
  const { patrol } = useWords();
  const start = useShiftCommand((dispatch, _input: void, idempotencyKey) => dispatch.startShift({ shift, idempotencyKey }));
  return (
    <>
      {start.isError && <Failed error={start.error} />}
      <Button size="xl" loading={start.isPending} onClick={() => start.mutate()}>{patrol.start}</Button>
    </>
  );
}

function ReturnButton({ shift }: { shift: string }) {
  const { patrol } = useWords();
  const back = useShiftCommand((dispatch, _input: void, idempotencyKey) => dispatch.returnShift({ shift, idempotencyKey }));
  return (
    <>
      {back.isError && <Failed error={back.error} />}
      <Button variant="default" size="lg" loading={back.isPending} onClick={() => back.mutate()}>{patrol.returned}</Button>
    </>
  );
}
