import { create } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { ContributionViewSchema, EstService, FollowUpViewSchema, MeasureViewSchema } from "../gen/vaka/est/v1/est_service_pb";
import { Completeness } from "../gen/vaka/est/v1/types_pb";
import { weekOf, weeksFrom } from "../parts/weeks";
import type { FakeGateway } from "./gateway";

export function serveEst(router: ConnectRouter, fake: FakeGateway): void {
  const current = weekOf(new Date(fake.now), "Europe/Stockholm");
  const measure = (id: string) => {
    const found = fake.measures.find((view) => view.measure?.id === id);
    if (found === undefined) throw new ConnectError("no such measure", Code.NotFound);
    return found;
  };
  router.service(EstService, {
    getWeek: ({ week }) => fake.week(week ?? current),
    listWeeks: () => ({
      seq: fake.seq,
      weeks: [0, 1, 2, 3].map((back) => {
        const week = weeksFrom(current, -back);
        return { week, frozen: back > 0, published: back > 0, revision: back > 0 ? 1 : 0, total: 40 + back, flags: 2 };
      }),
    }),
    submitContribution({ week, agency, nothingToReport, picture, measures, followUp, counts }) {
      const view = fake.week(week ?? current);
      const who = agency || "housing";
      view.contributions = view.contributions.filter((part) => part.agency !== who);
      view.contributions.push(create(ContributionViewSchema, { agency: who, nothingToReport, picture, measures, followUp, counts, at: timestampNow() }));
      const row = view.picture!.completeness.find((part) => part.agency === who);
      if (row !== undefined) row.completeness = nothingToReport ? Completeness.NOTHING : Completeness.CONTRIBUTED;
      return { seq: fake.next() };
    },
    freezeWeek({ week }) {
      fake.week(week!).picture!.frozen = true;
      return { seq: fake.next() };
    },
    publish({ week }) {
      Object.assign(fake.week(week!).picture!, { published: true, revision: 1 });
      return { seq: fake.next(), revision: 1 };
    },
    revise({ week }) {
      const view = fake.week(week!);
      view.picture!.revision += 1;
      [view.changes, view.pending] = [view.pending, []];
      return { seq: fake.next(), revision: view.picture!.revision, changes: view.changes };
    },
    judge({ week, district, category, judgement }) {
      const cell = fake.week(week!).picture!.cells.find((one) => one.district === district && one.category === category);
      if (cell !== undefined && judgement !== undefined) cell.judgement = judgement;
      return { seq: fake.next() };
    },
    listMeasures: ({ openOnly }) => ({
      seq: fake.seq,
      measures: fake.measures.filter((view) => !openOnly || (view.measure?.status ?? 0) < 4),
    }),
    decideMeasure(request) {
      const id = `m-${fake.measures.length + 1}`;
      fake.measures.unshift(create(MeasureViewSchema, { measure: { ...request.measure!, id } }));
      return { seq: fake.next(), measure: id };
    },
    changeMeasure(request) {
      measure(request.measure!.id).measure = request.measure!;
      return { seq: fake.next() };
    },
    followUpMeasure(request) {
      measure(request.measure).followUps.push(create(FollowUpViewSchema, { effect: request.effect, evidence: request.evidence, at: timestampNow() }));
      return { seq: fake.next() };
    },
  });
}
