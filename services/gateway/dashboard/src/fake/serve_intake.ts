import { create } from "@bufbuild/protobuf";
import { timestampDate, timestampNow } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { IncidentViewSchema, IntakeService, Outcome } from "../gen/vaka/intake/v1/intake_service_pb";
import { Precision } from "../gen/vaka/intake/v1/types_pb";
import { ErrorInfoSchema } from "../gen/vaka/options/v1/options_pb";
import { contains } from "../parts/map/geo";
import { madeAlert } from "./alerts";
import type { FakeGateway } from "./gateway";

/** Far simpler than the real screen: something that looks like a personal number or a phone number. */
function hitsIn(text: string) {
  return [...text.matchAll(/\b\d{6,8}-\d{4}\b|\b07\d[- ]?\d{3} ?\d{2} ?\d{2}\b/g)].map((found) => ({
    begin: Array.from(text.slice(0, found.index)).length,
    end: Array.from(text.slice(0, found.index)).length + found[0].length,
    kind: found[0].startsWith("07") ? "phone" : "personnummer",
  }));
}

export function serveIntake(router: ConnectRouter, fake: FakeGateway): void {
  router.service(IntakeService, {
    check: ({ text }) => ({ hits: hitsIn(text) }),
    list: ({ district, minSeverity, observedFrom, own, limit }) => ({
      seq: fake.seq,
      incidents: fake.incidents
        .filter(({ incident, withdrawn }) => {
          if (incident === undefined || withdrawn) return false;
          if (district !== "" && incident.where?.district !== district) return false;
          if (own && incident.sourceAgency !== "housing") return false;
          if (incident.severity < minSeverity) return false;
          return observedFrom === undefined || timestampDate(incident.observedFrom!) >= timestampDate(observedFrom);
        })
        .slice(0, limit || 100),
    }),
    report(request) {
      const known = fake.reports.find(({ idempotencyKey }) => idempotencyKey === request.idempotencyKey);
      const { submission } = request;
      if (submission === undefined) throw new ConnectError("submission is required", Code.InvalidArgument);
      const hits = hitsIn(submission.text);
      if (hits.length > 0) {
        throw new ConnectError("text: holds personal data", Code.InvalidArgument, undefined, [
          { desc: ErrorInfoSchema, value: { field: "submission.text", hits } },
        ]);
      }
      const at = submission.where?.point;
      const area = fake.areas.find((view) =>
        at === undefined ? view.area?.id === submission.where?.area : contains(view.area?.polygon, [at.lon, at.lat]));
      const district = area?.area?.district ?? submission.where?.district ?? "";
      const incident = `inc-${request.idempotencyKey}`;
      if (known === undefined) {
        fake.reports.push(request);
        const category = fake.config.categories.find(({ id }) => id === submission.category);
        const view = create(IncidentViewSchema, {
          seq: fake.seq, version: 1, text: submission.text,
          incident: {
            id: incident, category: submission.category,
            where: {
              place: submission.where?.place ?? "", area: area?.area?.id ?? "", district,
              precision: at === undefined ? Precision.AREA : Precision.EXACT,
              ...(at === undefined ? {} : { point: at }),
            },
            observedFrom: submission.observedFrom ?? timestampNow(), reportedAt: timestampNow(),
            severity: submission.severity || (category?.defaultSeverity ?? 1), sourceAgency: "housing", insecurity: submission.insecurity,
          },
        });
        fake.addIncident(view);
        if (view.incident!.severity >= 4 && area !== undefined) {
          fake.addAlert(madeAlert(`alert-${fake.alerts.length + 20}`, [area], view, "", Date.now(), 0));
        }
      }
      return {
        seq: fake.seq, incident, area: area?.area?.id ?? "", district,
        outcome: known === undefined ? Outcome.REPORTED : Outcome.UNCHANGED,
      };
    },
    withdraw({ incident }) {
      const view = fake.incidents.find((candidate) => candidate.incident?.id === incident);
      if (view === undefined) throw new ConnectError("no such incident", Code.NotFound);
      view.withdrawn = true;
      return { seq: fake.next() };
    },
  });
}
