import { Checkbox } from "@mantine/core";
import { useMemo, useState } from "react";
import { FlagLevel, type Cell } from "../../gen/vaka/est/v1/types_pb";
import { useFormats, useWords } from "../../i18n";
import { flagShape } from "../../parts/marks";
import { useNames } from "../../parts/names";
import { Empty } from "../../parts/States";
import { cellKey, cellWords } from "./words";

/** What happened by district, under its group. A cell says number, sign, word and colour. */
export function PictureTable({ cells, district, chosen, onChoose }: {
  cells: readonly Cell[];
  district: string;
  chosen: Cell | null;
  onChoose: (cell: Cell) => void;
}) {
  const { week } = useWords();
  const names = useNames();
  const [only, setOnly] = useState(false);
  const shown = useMemo(
    () =>
      cells.filter((cell) =>
        (!only || [FlagLevel.WATCH, FlagLevel.UNUSUAL, FlagLevel.CLEAR].includes(cell.flag)) &&
        (district === "" || cell.district === district)),
    [cells, only, district],
  );
  const byKey = useMemo(() => new Map(shown.map((cell) => [cellKey(cell), cell])), [shown]);
  const columns = names.districts.filter(({ id }) => shown.some((cell) => cell.district === id));
  const groups = names.groups
    .map(({ id, categories }) => ({ id, rows: categories.filter((row) => shown.some((cell) => cell.category === row.id)) }))
    .filter(({ rows }) => rows.length > 0);
  return (
    <div className="stack">
      <div className="row between">
        <h2 id="picture">{week.table}</h2>
        <Checkbox className="no-print" label={week.onlyFlags} checked={only} onChange={(event) => setOnly(event.currentTarget.checked)} />
      </div>
      {cells.length === 0 ? (
        <Empty title={week.tableEmpty} help={week.tableEmptyHelp} />
      ) : (
        <>
          <p className="muted no-print" style={{ margin: 0 }}>{week.tableHelp}</p>
          <div className="card picture-wrap" tabIndex={0} role="region" aria-labelledby="picture">
            <table className="picture">
              <thead>
                <tr>
                  <td />
                  {columns.map(({ id, name }) => <th key={id} scope="col">{name}</th>)}
                </tr>
              </thead>
              {groups.map((group) => (
                <tbody key={group.id}>
                  <tr>
                    <th scope="rowgroup" className="picture-group" colSpan={columns.length + 1}>{names.group(group.id)}</th>
                  </tr>
                  {group.rows.map((row) => (
                    <tr key={row.id}>
                      <th scope="row">{names.category(row.id)}</th>
                      {columns.map(({ id }) => {
                        const cell = byKey.get(cellKey({ district: id, category: row.id }));
                        return (
                          <td key={id}>
                            {cell !== undefined && <CellButton cell={cell} chosen={chosen !== null && cellKey(chosen) === cellKey(cell)} onChoose={onChoose} />}
                          </td>
                        );
                      })}
                    </tr>
                  ))}
                </tbody>
              ))}
            </table>
          </div>
        </>
      )}
    </div>
  );
}

function toneOf(flag: FlagLevel): string {
  if (flag === FlagLevel.CLEAR) return "level-5";
  if (flag === FlagLevel.UNUSUAL) return "level-4";
  return flag === FlagLevel.WATCH ? "level-3" : "";
}

function CellButton({ cell, chosen, onChoose }: { cell: Cell; chosen: boolean; onChoose: (cell: Cell) => void }) {
  const words = useWords();
  const f = useFormats();
  const names = useNames();
  const name = `${names.district(cell.district)}, ${names.category(cell.category)}: ${cellWords(cell, words, f)}, ${words.week.flags[cell.flag]}`;
  const said = [FlagLevel.WATCH, FlagLevel.UNUSUAL, FlagLevel.CLEAR].includes(cell.flag);
  return (
    <button type="button" className={`cell ${toneOf(cell.flag)}`} aria-pressed={chosen} aria-label={name} title={name} onClick={() => onChoose(cell)}>
      <b>{cell.count}</b>
      {said && <span aria-hidden="true">{flagShape(cell.flag)} {words.week.flags[cell.flag]}</span>}
    </button>
  );
}
