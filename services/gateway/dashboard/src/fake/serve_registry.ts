import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { Role } from "../gen/vaka/options/v1/options_pb";
import { RegistryService } from "../gen/vaka/registry/v1/registry_service_pb";
import { AreaKind, AreaStage } from "../gen/vaka/registry/v1/types_pb";
import type { FakeGateway } from "./gateway";

export function serveRegistry(router: ConnectRouter, fake: FakeGateway): void {
  const rowOf = (key: string, keep: (kind: AreaKind, district: string) => boolean) => {
    const chosen = fake.areas.filter(({ area }) => keep(area!.kind, area!.district));
    const count = (views: typeof chosen) => views.reduce((sum, { area }) => sum + area!.households[0]!.households, 0);
    const active = chosen.filter(({ stage }) => stage === AreaStage.ACTIVE);
    return {
      key,
      households: count(chosen),
      covered: count(active),
      areas: chosen.length,
      active: active.length,
      dormant: chosen.filter(({ stage }) => stage === AreaStage.DORMANT).length,
      contactPersons: chosen.reduce((sum, { contactPersons }) => sum + contactPersons, 0),
      areasWithoutContact: chosen.filter(({ contactPersons }) => contactPersons === 0).length,
    };
  };
  router.service(RegistryService, {
    getMunicipality: () => ({ seq: fake.seq, config: fake.config }),
    listAreas: () => ({ seq: fake.seq, areas: fake.areas }),
    coverage: () => ({
      seq: fake.seq,
      byDistrict: fake.config.districts.map(({ id }) => rowOf(id, (_kind, district) => district === id)),
      byForm: [AreaKind.HOUSES, AreaKind.ROW_HOUSES, AreaKind.RENTED, AreaKind.OWNED].map((kind) =>
        rowOf(AreaKind[kind].toLowerCase(), (of) => of === kind)),
      total: rowOf("", () => true),
    }),
    changeAreaStage({ area, to }) {
      const view = fake.areas.find((candidate) => candidate.area?.id === area);
      if (view === undefined) throw new ConnectError("no such area", Code.NotFound);
      view.stage = to;
      return { seq: fake.next() };
    },
    listPeople: ({ role }) => ({
      seq: fake.seq,
      people: role !== Role.PATROLLER ? [] : [1, 2, 3, 4].map((n) => ({ id: `patroller-${n}`, trainedPatroller: true, driver: n % 2 === 1 })),
    }),
    getPerson: ({ person }) => ({
      seq: fake.seq,
      person: { id: person },
      contact: { name: person === "patroller-2" ? "Gun Alm" : person.startsWith("patroller") ? "Lennart Öst" : "Birgitta Ek", phone: "+46700000000" },
    }),
  });
}
