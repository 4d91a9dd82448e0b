import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { IncidentView } from "../gen/vaka/intake/v1/intake_service_pb";
import {
  AlertViewSchema,
  AreaReachSchema,
  ReachSchema,
  RecipientViewSchema,
  type AlertView,
  type RecipientView,
} from "../gen/vaka/notifications/v1/notifications_service_pb";
import { AlertKind, DeliveryState, Reason } from "../gen/vaka/notifications/v1/types_pb";
import type { AreaView } from "../gen/vaka/registry/v1/registry_service_pb";
import { Channel } from "../gen/vaka/registry/v1/types_pb";
import { repeatable } from "./random";

export interface MadeAlert {
  view: AlertView;
  recipients: RecipientView[];
}

/** An alert about an incident (or a message) with its recipients, of whom the share `answered` has answered. */
export function madeAlert(id: string, areas: readonly AreaView[], incident: IncidentView | null, text: string, at: number, answered: number): MadeAlert {
  const random = repeatable(Number(id.replace(/\D/g, "")) + 3);
  const when = timestampFromDate(new Date(at + 900));
  const recipients = areas.flatMap((area) =>
    Array.from({ length: area.contactPersons }, (_, n) => {
      const answer = random();
      const none = random() < 0.06;
      const held = !none && random() < 0.08;
      const relayed = !none && !held && answer < answered * 0.7;
      return create(RecipientViewSchema, {
        person: `${area.area!.id}-p${n + 1}`,
        area: area.area!.id,
        acknowledged: !none && !held && answer < answered,
        relayed,
        households: relayed ? Math.floor(area.householdsCovered / area.contactPersons) : 0,
        deliveries: [{
          message: `${id}-${n}`,
          channel: random() < 0.7 ? Channel.SMS : Channel.EMAIL,
          state: none ? DeliveryState.SUPPRESSED : held ? DeliveryState.HELD : random() < 0.9 ? DeliveryState.DELIVERED : DeliveryState.SENT,
          reason: none ? Reason.SUPPRESS_NO_CONSENT : held ? Reason.HOLD_QUIET_HOURS : Reason.SEND_NOW,
          due: timestampFromDate(new Date(at + 7 * 3_600_000)),
          at: when,
          attempts: 1,
          version: 1,
        }],
      });
    }),
  );
  const view = create(AlertViewSchema, {
    alert: {
      id,
      kind: incident === null ? AlertKind.MESSAGE : AlertKind.INCIDENT,
      incidents: incident === null ? [] : [incident.incident!.id],
      areas: areas.map(({ area }) => area!.id),
      category: incident?.incident?.category ?? "",
      district: incident?.incident?.where?.district ?? "",
      severity: incident?.incident?.severity ?? 3,
      raisedAt: timestampFromDate(new Date(at)),
      senderRole: "trygghetssamordnare",
      senderAgency: "municipality",
      version: 1,
    },
    text,
  });
  const made = { view, recipients };
  countReach(made, areas);
  return made;
}

function reachOf(recipients: readonly RecipientView[], householdsInAreas: number) {
  const last = recipients.map(({ deliveries }) => deliveries.at(-1)?.state);
  const told = last.filter((state) => state === DeliveryState.SENT || state === DeliveryState.DELIVERED).length;
  return {
    recipients: recipients.length,
    told,
    delivered: last.filter((state) => state === DeliveryState.DELIVERED).length,
    acknowledged: recipients.filter(({ acknowledged }) => acknowledged).length,
    relayed: recipients.filter(({ relayed }) => relayed).length,
    households: recipients.reduce((sum, { households }) => sum + households, 0),
    householdsInAreas,
    held: last.filter((state) => state === DeliveryState.HELD).length,
    suppressed: last.filter((state) => state === DeliveryState.SUPPRESSED).length,
    failed: last.filter((state) => state === DeliveryState.FAILED).length,
  };
}

/** Counts an alert's reach anew after its recipients changed. */
export function countReach(made: MadeAlert, areas: readonly AreaView[]): void {
  const householdsOf = (ids: readonly string[]) =>
    areas
      .filter(({ area }) => ids.includes(area!.id))
      .reduce((sum, { area }) => sum + area!.households.reduce((all, { households }) => all + households, 0), 0);
  const ids = made.view.alert!.areas;
  made.view.reach = create(ReachSchema, reachOf(made.recipients, householdsOf(ids)));
  made.view.areas = ids.map((area) =>
    create(AreaReachSchema, {
      area,
      reach: reachOf(made.recipients.filter((recipient) => recipient.area === area), householdsOf([area])),
    }),
  );
}
