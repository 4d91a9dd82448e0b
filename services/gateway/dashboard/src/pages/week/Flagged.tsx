import { lazy, Suspense, useMemo } from "react";
import { Skeleton } from "@mantine/core";
import type { Cell } from "../../gen/vaka/est/v1/types_pb";
import { useFormats, useWords } from "../../i18n";
import { FlagMark, stands } from "../../parts/marks";
import { useNames } from "../../parts/names";
import { cellKey, cellWords } from "./words";

const RangeChart = lazy(() => import("./RangeChart"));

/** What stands out, most first, in words; then the same as a picture. */
export function Flagged({ cells, chance, onChoose }: {
  cells: readonly Cell[];
  chance: number;
  onChoose: (cell: Cell) => void;
}) {
  const words = useWords();
  const { week } = words;
  const f = useFormats();
  const names = useNames();
  const flagged = useMemo(
    () => cells.filter(({ flag }) => stands(flag)).sort((a, b) => b.flag - a.flag || a.p - b.p),
    [cells],
  );
  return (
    <section className="stack" aria-labelledby="flagged">
      <h2 id="flagged">{week.newAndRising}</h2>
      {flagged.length === 0 ? (
        <p style={{ margin: 0 }}>{week.nothingUnusual}</p>
      ) : (
        <ul className="plain stack" style={{ gap: 8 }}>
          {flagged.map((cell) => (
            <li key={cellKey(cell)}>
              <button type="button" className="rowbutton" onClick={() => onChoose(cell)}>
                <span className="row between" style={{ gap: "4px 12px" }}>
                  <strong>{names.category(cell.category)}, {names.district(cell.district)}</strong>
                  <FlagMark flag={cell.flag} />
                </span>
                <span>{cellWords(cell, words, f)}. {week.trend(cell.change4Weeks)}.</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <p className="muted" style={{ margin: 0 }}>{week.chance(f.decimal(chance))}</p>
      {flagged.length > 0 && (
        <Suspense fallback={<Skeleton height={120} />}>
          <RangeChart cells={flagged.slice(0, 8)} />
        </Suspense>
      )}
    </section>
  );
}
