import { create } from "@bufbuild/protobuf";
import { timestampFromDate, timestampNow } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { DispatchService, DispatchViewSchema, ShiftViewSchema, type ShiftView } from "../gen/vaka/dispatch/v1/dispatch_service_pb";
import { IncidentDispatchedSchema } from "../gen/vaka/dispatch/v1/events_pb";
import { ShiftState, StopKind, StopSchema, StopState } from "../gen/vaka/dispatch/v1/types_pb";
import type { FakeGateway } from "./gateway";
import { madeStops } from "./shift";

export function serveDispatch(router: ConnectRouter, fake: FakeGateway): void {
  const shift = (): ShiftView => {
    if (fake.shift === null) throw new ConnectError("no shift today", Code.NotFound);
    return fake.shift;
  };
  const to = (state: ShiftState) => {
    shift().state = state;
    return { seq: fake.next() };
  };
  const stopTo = (id: string, state: StopState) => {
    const stop = shift().stops.find((candidate) => candidate.id === id);
    if (stop === undefined) throw new ConnectError("no such stop", Code.NotFound);
    stop.state = state;
    return { seq: fake.next() };
  };
  router.service(DispatchService, {
    getShift: () => ({ seq: fake.seq, shift: shift() }),
    listShifts: () => ({ seq: fake.seq, shifts: fake.shift === null ? [] : [fake.shift] }),
    openShift({ starts, ends, car }) {
      fake.shift = create(ShiftViewSchema, {
        id: "shift-2", state: ShiftState.OPEN, car,
        ...(starts === undefined ? {} : { starts }), ...(ends === undefined ? {} : { ends }),
      });
      return { seq: fake.next(), shift: "shift-2" };
    },
    staffShift({ crew, driver }) {
      Object.assign(shift(), { crew, driver });
      return to(ShiftState.STAFFED);
    },
    planShift: () => ({
      seq: fake.seq, incidents: fake.incidents.slice(0, 5).map(({ incident }) => incident!.id),
      stops: madeStops(fake.areas, fake.now), metres: 14200,
    }),
    briefShift({ stops, incidents, wishes }) {
      Object.assign(shift(), { stops: stops.length === 0 ? madeStops(fake.areas, fake.now) : stops, incidents, wishes });
      return to(ShiftState.BRIEFED);
    },
    startShift: () => to(ShiftState.OUT),
    returnShift: () => to(ShiftState.RETURNED),
    closeShift: ({ cancelled }) => to(cancelled ? ShiftState.CANCELLED : ShiftState.CLOSED),
    debriefShift({ items, summary }) {
      Object.assign(shift(), { debrief: items, summary });
      return to(ShiftState.DEBRIEFED);
    },
    checkIn() {
      shift().lastCheckIn = timestampNow();
      shift().checkInDue = timestampFromDate(new Date(Date.now() + 90 * 60_000));
      return { seq: fake.next() };
    },
    completeStop: ({ stop }) => stopTo(stop, StopState.DONE),
    skipStop: ({ stop }) => stopTo(stop, StopState.SKIPPED),
    dispatchIncident({ incident, answerWithinSeconds }) {
      const id = `d-${shift().dispatches.length + 1}`;
      const about = fake.incidents.find((candidate) => candidate.incident?.id === incident)?.incident;
      const answerBy = timestampFromDate(new Date(Date.now() + (answerWithinSeconds || 120) * 1000));
      const stop = create(StopSchema, {
        id: `${id}-stop`, kind: StopKind.DISPATCH, incident, state: StopState.PLANNED,
        area: about?.where?.area ?? "", district: about?.where?.district ?? "",
        ...(about?.where?.point === undefined ? {} : { point: about.where.point }),
      });
      shift().dispatches.push(create(DispatchViewSchema, { id, incident, answerBy, stop, sentAt: timestampNow() }));
      fake.tell({ case: "incidentDispatched", value: create(IncidentDispatchedSchema, { dispatch: id, incident }) });
      return { seq: fake.seq, dispatch: id };
    },
    answerDispatch({ dispatch, answer, note }) {
      const found = shift().dispatches.find(({ id }) => id === dispatch);
      if (found === undefined) throw new ConnectError("no such dispatch", Code.NotFound);
      Object.assign(found, { answer, note });
      return { seq: fake.next() };
    },
  });
}
