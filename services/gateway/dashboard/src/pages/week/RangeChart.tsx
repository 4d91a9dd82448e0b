import * as Plot from "@observablehq/plot";
import { useEffect, useRef } from "react";
import type { Cell } from "../../gen/vaka/est/v1/types_pb";
import { useWords } from "../../i18n";
import { useNames } from "../../parts/names";

/** Each flagged cell: the usual range as a line, this week's number as a labelled dot. Reads in black and white. */
export default function RangeChart({ cells }: { cells: readonly Cell[] }) {
  const { week } = useWords();
  const names = useNames();
  const holder = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const draw = () => {
      if (holder.current === null) return;
      const width = Math.min(720, holder.current.clientWidth);
      const narrow = width < 480;
      const rows = cells.map((cell) => ({
        name: `${names.category(cell.category)}, ${names.district(cell.district)}`,
        low: cell.low,
        high: cell.high,
        expected: cell.expected,
        count: cell.count,
      }));
      const chart = Plot.plot({
        width,
        height: 46 + rows.length * (narrow ? 52 : 38),
        marginLeft: narrow ? 8 : 250,
        marginRight: 40,
        marginTop: narrow ? 24 : 8,
        marginBottom: 34,
        style: { fontSize: "15px", fontFamily: "inherit", background: "none", color: "#14262b" },
        x: { domain: [0, Math.max(...rows.map((row) => Math.max(row.high, row.count))) + 1], label: null, ticks: 5, tickFormat: "d", grid: true },
        y: { label: null, axis: narrow ? null : "left", tickSize: 0, domain: rows.map(({ name }) => name) },
        marks: [
          Plot.ruleY(rows, { y: "name", x1: "low", x2: "high", stroke: "#87b9be", strokeWidth: 12, strokeLinecap: "round" }),
          Plot.tickX(rows, { y: "name", x: "expected", stroke: "#0d4a55", strokeWidth: 3, inset: 6 }),
          Plot.dot(rows, { y: "name", x: "count", r: 8, fill: "#a51d2d", stroke: "#fff", strokeWidth: 2 }),
          Plot.text(rows, { y: "name", x: "count", text: (row: { count: number }) => String(row.count), dx: 20, fontWeight: 700, fill: "#14262b" }),
          ...(narrow ? [Plot.text(rows, { y: "name", x: 0, text: "name", textAnchor: "start", dy: -20, fill: "#14262b" })] : []),
        ],
      });
      chart.setAttribute("aria-hidden", "true");
      holder.current.replaceChildren(chart);
    };
    draw();
    const watcher = new ResizeObserver(draw);
    if (holder.current !== null) watcher.observe(holder.current);
    return () => watcher.disconnect();
  }, [cells, names]);
  return (
    <figure className="card" style={{ margin: 0 }}>
      <figcaption>
        <strong>{week.chart}</strong> <span className="muted">{week.chartHelp}</span>
      </figcaption>
      <div ref={holder} style={{ width: "100%", marginTop: 8 }} />
    </figure>
  );
}
