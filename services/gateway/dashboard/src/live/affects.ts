import type { Event } from "../gen/vaka/event/v1/event_pb";

/** First part of every query's key: what it is about. */
export type Scope = "municipality" | "areas" | "incidents" | "alerts" | "shifts" | "weeks" | "measures";

type FactCase = NonNullable<Event["fact"]["case"]>;

const BY_FACT: Partial<Record<FactCase, readonly Scope[]>> = {
  municipalityConfigured: ["municipality"],
  areaRegistered: ["areas"],
  areaChanged: ["areas"],
  areaStageChanged: ["areas"],
  incidentReported: ["incidents", "weeks"],
  incidentCorrected: ["incidents", "weeks"],
  incidentWithdrawn: ["incidents", "weeks"],
  incidentsLinked: ["incidents", "weeks"],
  shiftOpened: ["shifts"],
  shiftStaffed: ["shifts"],
  shiftBriefed: ["shifts"],
  shiftStarted: ["shifts"],
  checkedIn: ["shifts"],
  checkInMissed: ["shifts"],
  stopCompleted: ["shifts"],
  stopSkipped: ["shifts"],
  incidentDispatched: ["shifts"],
  dispatchAnswered: ["shifts"],
  shiftReturned: ["shifts"],
  shiftDebriefed: ["shifts", "weeks"],
  shiftClosed: ["shifts"],
  alertRaised: ["alerts"],
  alertUpdated: ["alerts"],
  alertRecalled: ["alerts"],
  alertAcknowledged: ["alerts"],
  relayReported: ["alerts"],
  deliveryPlanned: ["alerts"],
  deliveriesPlanned: ["alerts"],
  deliveryReleased: ["alerts"],
  deliverySent: ["alerts"],
  deliveryReceipted: ["alerts"],
  deliveryFailed: ["alerts"],
  contributionSubmitted: ["weeks"],
  weekFrozen: ["weeks"],
  judgementMade: ["weeks"],
  picturePublished: ["weeks"],
  pictureRevised: ["weeks"],
  measureDecided: ["measures"],
  measureChanged: ["measures"],
  measureFollowedUp: ["measures"],
};

/** What a fact makes old. A fact of a kind that this page does not know changes nothing that it shows. */
export function affectedBy(event: Event): readonly Scope[] {
  const name = event.fact.case;
  return name === undefined ? [] : (BY_FACT[name] ?? []);
}
