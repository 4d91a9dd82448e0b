import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { AreaViewSchema, type AreaView } from "../gen/vaka/registry/v1/registry_service_pb";
import { AreaKind, AreaStage, MunicipalityConfigSchema, type MunicipalityConfig } from "../gen/vaka/registry/v1/types_pb";
import { repeatable } from "./random";

export const KOMMUN = "0127";

const DISTRICTS: [string, string, number, number][] = [
  ["alby", "Alby", 59.239, 17.845],
  ["fittja", "Fittja", 59.248, 17.861],
  ["hallunda", "Hallunda", 59.243, 17.826],
  ["norsborg", "Norsborg", 59.244, 17.805],
  ["tumba", "Tumba", 59.2, 17.831],
  ["storvreten", "Storvreten", 59.209, 17.808],
  ["tullinge", "Tullinge", 59.205, 17.903],
  ["varsta", "Vårsta", 59.166, 17.799],
  ["grodinge", "Grödinge", 59.13, 17.8],
];

const CATEGORIES: [string, string, string, string, number][] = [
  ["graffiti", "damage", "Klotter", "Graffiti", 1],
  ["broken_glass", "damage", "Krossat glas", "Broken glass", 2],
  ["youth_gathering", "order", "Ungdomar samlas", "Youth gathering", 2],
  ["reckless_driving", "order", "Vårdslös körning", "Reckless driving", 3],
  ["dealing", "drugs", "Misstänkt försäljning", "Suspected dealing", 3],
  ["brawl", "violence", "Bråk", "Brawl", 4],
  ["shooting", "violence", "Skottlossning eller sprängning", "Shooting or explosion", 5],
  ["burglary_house", "theft", "Inbrott i villa", "Burglary, house", 4],
  ["burglary_flat", "theft", "Inbrott i lägenhet", "Burglary, flat", 4],
  ["from_car", "theft", "Stöld ur bil", "Theft from car", 2],
  ["container_fire", "fire", "Brand i container", "Container fire", 4],
  ["lighting", "environment", "Trasig belysning", "Broken lighting", 1],
  ["worry", "social", "Oro", "Worry", 2],
  ["positive", "positive", "Något bra", "Something good", 1],
];

const AGENCIES: [string, string][] = [
  ["police", "Polisen"],
  ["municipality", "Kommunen"],
  ["housing", "Botkyrkabyggen"],
  ["fire", "Brandförsvaret"],
  ["guards", "Väktarna"],
  ["patrol", "Grannstödet"],
];

export function madeConfig(): MunicipalityConfig {
  const corners: [number, number][] = [
    [59.262, 17.772], [59.27, 17.82], [59.262, 17.872], [59.243, 17.9], [59.222, 17.945], [59.19, 17.938], [59.165, 17.89],
    [59.11, 17.87], [59.07, 17.835], [59.06, 17.76], [59.11, 17.71], [59.16, 17.73], [59.2, 17.752], [59.24, 17.762], [59.262, 17.772],
  ];
  return create(MunicipalityConfigSchema, {
    kommun: KOMMUN,
    name: "Botkyrka",
    zone: "Europe/Stockholm",
    sender: "Grannsamverkan Botkyrka",
    districts: DISTRICTS.map(([id, name, lat, lon]) => ({ id, name, centre: { lat, lon } })),
    categories: CATEGORIES.map(([id, group, nameSv, nameEn, defaultSeverity]) => ({
      id, group, nameSv, nameEn, defaultSeverity, insecurity: group === "social", homeBurglary: id.startsWith("burglary"),
    })),
    agencies: AGENCIES.map(([id, name]) => ({ id, name, contributes: true })),
    households: 34000,
    outline: { rings: [{ points: corners.map(([lat, lon]) => ({ lat, lon })) }] },
  });
}

const NAMES = ["berget", "gärdet", "backen", "dalen", "hagen", "vägen", "torg", "ängen", "lund", "kullen"];

/** Some sixty areas, packed in rings around the district centres. */
export function madeAreas(now: number): AreaView[] {
  const random = repeatable(7);
  return DISTRICTS.flatMap(([district, name, lat, lon]) =>
    Array.from({ length: 7 }, (_, n) => {
      const angle = (n / 7) * 2 * Math.PI;
      const far = n === 0 ? 0.2 : 1;
      const [y, x] = [lat + 0.0062 * far * Math.sin(angle), lon + 0.0115 * far * Math.cos(angle)];
      const points = Array.from({ length: 7 }, (_, corner) => {
        const turn = (corner / 6) * 2 * Math.PI;
        const size = corner === 6 ? 0 : random() * 0.0008;
        return { lat: y + (0.0019 + size) * Math.sin(turn), lon: x + (0.0036 + size) * Math.cos(turn) };
      });
      points[6] = points[0]!;
      const stages = [AreaStage.ACTIVE, AreaStage.ACTIVE, AreaStage.ACTIVE, AreaStage.DORMANT, AreaStage.ACTIVE, AreaStage.TRAINED, AreaStage.INTEREST];
      const stage = stages[Math.floor(random() * stages.length)]!;
      const kind = [AreaKind.HOUSES, AreaKind.RENTED, AreaKind.ROW_HOUSES, AreaKind.OWNED][n % 4]!;
      const households = 60 + Math.floor(random() * 180);
      const active = stage === AreaStage.ACTIVE;
      return create(AreaViewSchema, {
        area: {
          id: `${district}-${n + 1}`,
          name: `${name}${NAMES[(n + district.length) % NAMES.length]}`,
          district,
          kind,
          households: [{ form: kind, households }],
          polygon: { rings: [{ points }] },
          association: kind === AreaKind.RENTED ? "Botkyrkabyggen" : `${name} samfällighet`,
        },
        stage,
        contactPersons: active ? 1 + Math.floor(random() * 3) : 0,
        householdsCovered: active ? Math.floor(households * 0.8) : 0,
        signs: active ? 2 + Math.floor(random() * 6) : 0,
        ...(active ? { lastFollowUp: timestampFromDate(new Date(now - random() * 330 * 86_400_000)) } : {}),
      });
    }),
  );
}
