import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { GetWeekResponseSchema, MeasureViewSchema, type GetWeekResponse, type MeasureView } from "../gen/vaka/est/v1/est_service_pb";
import { Completeness, Effect, FlagLevel, MeasureStatus, MeasureType } from "../gen/vaka/est/v1/types_pb";
import type { MunicipalityConfig } from "../gen/vaka/registry/v1/types_pb";
import type { WeekNumber } from "../api/queries/weeks";
import { weekOf } from "../parts/weeks";
import { repeatable } from "./random";

const DAY = 86_400_000;
const HOUR = 3_600_000;

export function madeWeek(config: MunicipalityConfig, week: WeekNumber, now: number): GetWeekResponse {
  const current = weekOf(new Date(now), "Europe/Stockholm");
  const past = week.year < current.year || (week.year === current.year && week.week < current.week);
  const random = repeatable(week.year * 60 + week.week);
  const cells = config.districts.slice(0, 7).flatMap(({ id: district }) =>
    config.categories.filter(({ id }) => id !== "positive").flatMap(({ id: category, policeActivity }) => {
      const expected = random() * 2.2;
      let count = Math.floor(-Math.log(1 - random()) * expected * 0.9);
      let flag = FlagLevel.USUAL;
      if (district === "alby" && category === "from_car") [count, flag] = [6, FlagLevel.CLEAR];
      else if (district === "tullinge" && category === "burglary_house") [count, flag] = [4, FlagLevel.UNUSUAL];
      else if (district === "fittja" && category === "lighting") [count, flag] = [5, FlagLevel.WATCH];
      else if (category === "dealing" || policeActivity) flag = FlagLevel.NOT_FLAGGED;
      else if (count > 5) count = 3;
      if (count === 0) return [];
      return [{
        district, category, count, flag,
        expected: flag === FlagLevel.CLEAR ? 0.4 : expected,
        low: 0,
        high: flag === FlagLevel.CLEAR ? 3 : Math.ceil(expected * 2 + 2),
        p: 0.02, pAdjusted: 0.2,
        level: flag === FlagLevel.CLEAR ? 5 : flag === FlagLevel.UNUSUAL ? 4 : flag === FlagLevel.WATCH ? 3 : count > 2 ? 2 : 1,
        byAgency: [{ agency: "police", count: Math.ceil(count / 2) }, { agency: "housing", count: Math.floor(count / 2) }].filter((part) => part.count > 0),
        change4Weeks: Math.round(random() * 8 - 3),
      }];
    }),
  );
  const kinds = [Completeness.CONTRIBUTED, Completeness.CONTRIBUTED, Completeness.NOTHING, Completeness.MISSING, Completeness.MISSING, Completeness.CONTRIBUTED];
  const begins = now - ((new Date(now).getUTCDay() + 6) % 7) * DAY - (now % DAY);
  return create(GetWeekResponseSchema, {
    seq: 64n,
    picture: {
      week, cells, frozen: past, published: past, revision: past ? 2 : 0,
      cutOff: timestampFromDate(new Date(now)),
      chanceFlags: 1.3,
      total: cells.reduce((sum, { count }) => sum + count, 0),
      insecurity: 7,
      method: "gp-est/1",
      completeness: config.agencies.map(({ id: agency }, n) => ({ agency, completeness: past ? Completeness.CONTRIBUTED : kinds[n % kinds.length]! })),
    },
    times: {
      begins: timestampFromDate(new Date(begins)),
      ends: timestampFromDate(new Date(begins + 7 * DAY)),
      cutOff: timestampFromDate(new Date(begins + 2 * DAY + 11 * HOUR)),
      freeze: timestampFromDate(new Date(begins + 2 * DAY + 14 * HOUR)),
      meeting: timestampFromDate(new Date(begins + 3 * DAY + 8 * HOUR)),
      publish: timestampFromDate(new Date(begins + 3 * DAY + 15 * HOUR)),
    },
    changes: past ? [{ district: "alby", category: "from_car", before: 5, after: 6, reason: "late report", flagBefore: FlagLevel.UNUSUAL, flagAfter: FlagLevel.CLEAR }] : [],
    pending: past ? [{ district: "tumba", category: "graffiti", before: 1, after: 2, reason: "late report" }] : [],
    contributions: [
      { agency: "police", picture: "Fler stölder ur bilar kring Alby centrum, mest kvällstid. Lugnt i övrigt.", measures: "Extra fotpatrull fredag och lördag.", followUp: "Belysningen vid parkeringen är lagad.", at: timestampFromDate(new Date(now - DAY)) },
      { agency: "housing", nothingToReport: true, at: timestampFromDate(new Date(now - 3 * HOUR)) },
    ],
  });
}

export function madeMeasures(now: number): MeasureView[] {
  const week = { year: 2026, week: 46 };
  return [
    create(MeasureViewSchema, {
      overdue: true,
      measure: {
        id: "m-1", title: "Laga belysningen längs gångvägen", type: MeasureType.PHYSICAL, status: MeasureStatus.ONGOING,
        ownerAgency: "municipality", ownerFunction: "Gata och park", place: "Gångvägen mot Fittja centrum",
        due: timestampFromDate(new Date(now - 3 * DAY)), expectedEffect: "Färre som känner sig otrygga kvällstid",
        problem: { week, district: "fittja", category: "lighting", statement: "Tre lampor i rad är trasiga och gångvägen är mörk." },
      },
    }),
    create(MeasureViewSchema, {
      measure: {
        id: "m-2", title: "Töm bilen själv: skyltar på parkeringen", type: MeasureType.INFORMATION, status: MeasureStatus.DECIDED,
        ownerAgency: "police", place: "Alby centrum, parkeringen", due: timestampFromDate(new Date(now + 5 * DAY)), partners: ["housing"],
        problem: { week, district: "alby", category: "from_car", statement: "Stölder ur bilar på parkeringen vid centrum." },
      },
    }),
    create(MeasureViewSchema, {
      measure: {
        id: "m-3", title: "Vuxenvandring fredagar", type: MeasureType.SOCIAL, status: MeasureStatus.DONE,
        ownerAgency: "municipality", due: timestampFromDate(new Date(now - 12 * DAY)),
        problem: { week, district: "hallunda", category: "youth_gathering", statement: "Stökigt vid tunnelbanan fredagskvällar." },
      },
      followUps: [{ effect: Effect.BETTER, evidence: "Två händelser mot sex veckorna före.", at: timestampFromDate(new Date(now - 8 * DAY)) }],
    }),
  ];
}
