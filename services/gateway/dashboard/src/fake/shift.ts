import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { ShiftViewSchema, type ShiftView } from "../gen/vaka/dispatch/v1/dispatch_service_pb";
import { ShiftState, StopKind, StopSchema, StopState, type Stop } from "../gen/vaka/dispatch/v1/types_pb";
import type { IncidentView } from "../gen/vaka/intake/v1/intake_service_pb";
import type { AreaView } from "../gen/vaka/registry/v1/registry_service_pb";

const WHY: [StopKind, string][] = [
  [StopKind.INCIDENT, "Krossad ruta i porten i går kväll. Titta till och prata med kontaktombudet."],
  [StopKind.HOT_SPOT, "Fler stölder ur bilar än vanligt på parkeringen den här veckan."],
  [StopKind.FOLLOW_UP, "Kontaktombudet har inte träffats på ett halvår. Fråga om skyltar och uppgifter."],
  [StopKind.MATERIAL, "Lämna fyra skyltar och tjugo foldrar."],
  [StopKind.START_AREA, "Föreningen vill börja med grannsamverkan. Berätta hur det går till."],
];

export function madeStops(areas: readonly AreaView[], now: number): Stop[] {
  const along = [28, 0, 7, 15, 21].map((n) => areas[n]!);
  return along.map((view, n) =>
    create(StopSchema, {
      id: `stop-${n + 1}`,
      kind: WHY[n]![0],
      why: WHY[n]![1],
      point: view.area!.polygon!.rings[0]!.points[3]!,
      area: view.area!.id,
      district: view.area!.district,
      contactPerson: `${view.area!.id}-p1`,
      state: StopState.PLANNED,
      metresFromPrevious: n === 0 ? 1900 : 1200 + n * 730,
      plannedAt: timestampFromDate(new Date(now + n * 35 * 60_000)),
    }),
  );
}

export function madeShift(areas: readonly AreaView[], incidents: readonly IncidentView[], now: number): ShiftView {
  const stops = madeStops(areas, now);
  stops[0]!.state = StopState.DONE;
  return create(ShiftViewSchema, {
    id: "shift-1",
    state: ShiftState.OUT,
    starts: timestampFromDate(new Date(now - 2 * 3_600_000)),
    ends: timestampFromDate(new Date(now + 4 * 3_600_000)),
    car: "Grannstödsbilen",
    crew: ["patroller-1", "patroller-2"],
    driver: "patroller-1",
    incidents: incidents.slice(0, 6).map(({ incident }) => incident!.id),
    stops,
    wishes: "Visa er vid Alby centrum mellan 14 och 15. Skolan i Fittja vill gärna att ni äter lunch där.",
    lastCheckIn: timestampFromDate(new Date(now - 50 * 60_000)),
    checkInDue: timestampFromDate(new Date(now + 40 * 60_000)),
  });
}
