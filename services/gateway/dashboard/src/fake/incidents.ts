import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { IncidentViewSchema, type IncidentView } from "../gen/vaka/intake/v1/intake_service_pb";
import { Confidence, Precision, Visibility } from "../gen/vaka/intake/v1/types_pb";
import type { AreaView } from "../gen/vaka/registry/v1/registry_service_pb";
import type { MunicipalityConfig } from "../gen/vaka/registry/v1/types_pb";
import { Role } from "../gen/vaka/options/v1/options_pb";
import { repeatable } from "./random";

const TEXTS: Record<string, string> = {
  broken_glass: "En ruta i porten är krossad. Glaset ligger kvar på trappan.",
  burglary_house: "Altandörren uppbruten någon gång under kvällen.",
  lighting: "Gångvägen mot centrum är mörk. Tre lampor i rad är trasiga.",
  youth_gathering: "Tio till femton ungdomar vid tunnelbanans uppgång, högljutt men lugnt.",
};

/** Incidents of the last weeks, thicker towards now. */
export function madeIncidents(config: MunicipalityConfig, areas: readonly AreaView[], now: number, many = 64): IncidentView[] {
  const random = repeatable(21);
  return Array.from({ length: many }, (_, n) => {
    const at = now - (n * n * 0.011 + n * 0.9 + random()) * 3_600_000;
    return madeIncident(config, areas, random, `inc-${many - n}`, at, BigInt(many - n));
  });
}

export function madeIncident(
  config: MunicipalityConfig,
  areas: readonly AreaView[],
  random: () => number,
  id: string,
  at: number,
  seq: bigint,
): IncidentView {
  const pick = <T,>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const category = pick(config.categories);
  const near = pick(areas.slice(0, 49)).area!;
  const ring = near.polygon!.rings[0]!.points;
  const precision = pick([Precision.EXACT, Precision.STREET, Precision.PLACE, Precision.AREA, Precision.DISTRICT]);
  const known = precision === Precision.DISTRICT ? "" : near.id;
  return create(IncidentViewSchema, {
    seq,
    version: 1,
    text: TEXTS[category.id] ?? "",
    masked: category.homeBurglary,
    incident: {
      id,
      category: category.id,
      where: {
        point: {
          lat: (ring[0]!.lat + ring[3]!.lat) / 2 + (random() - 0.5) * 0.003,
          lon: (ring[0]!.lon + ring[3]!.lon) / 2 + (random() - 0.5) * 0.006,
        },
        place: precision <= Precision.PLACE ? `${near.name} ${1 + Math.floor(random() * 30)}` : "",
        area: known,
        district: near.district,
        precision: category.homeBurglary && known !== "" ? Precision.AREA : precision,
      },
      observedFrom: timestampFromDate(new Date(at)),
      reportedAt: timestampFromDate(new Date(at + 1_500_000 * random())),
      severity: Math.min(5, Math.max(1, category.defaultSeverity + (random() < 0.2 ? 1 : 0))),
      insecurity: random() < 0.3,
      confidence: Confidence.PROBABLE,
      sourceRole: Role.AGENCY_REPORTER,
      sourceAgency: pick(config.agencies).id,
      visibility: Visibility.CONTACT_PERSONS,
    },
  });
}
