import { alerts } from "./alerts";
import { areas } from "./areas";
import { common } from "./common";
import { groups } from "./groups";
import { link } from "./link";
import { map } from "./map";
import { measures } from "./measures";
import { operations, phones } from "./other";
import { patrol } from "./patrol";
import { report } from "./report";
import { week } from "./week";

export const sv = { common, map, groups, report, alerts, patrol, week, measures, areas, link, phones, operations };

/** Every text of the pages. Swedish is the original; the other languages have the same shape. */
export type Words = typeof sv;
