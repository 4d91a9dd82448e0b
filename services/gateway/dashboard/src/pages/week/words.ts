import type { Cell } from "../../gen/vaka/est/v1/types_pb";
import { FlagLevel } from "../../gen/vaka/est/v1/types_pb";
import type { Formats } from "../../i18n/format";
import type { Words } from "../../i18n/sv";

/** A cell in words: "Väntat 0,4 (vanligen 0–3), utfall 6", or why it is not compared. */
export function cellWords(cell: Cell, words: Words, f: Formats): string {
  if (cell.flag === FlagLevel.TOO_SHORT) return words.week.noHistory(cell.count);
  if (cell.flag === FlagLevel.NOT_FLAGGED) return words.week.notFlagged(cell.count);
  return words.week.expected(f.decimal(cell.expected), cell.low, cell.high, cell.count);
}

export function cellKey({ district, category }: { district: string; category: string }): string {
  return `${district}/${category}`;
}
