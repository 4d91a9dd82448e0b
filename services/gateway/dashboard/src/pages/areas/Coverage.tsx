import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useCoverage } from "../../api/queries/registry";
import type { CoverageRow } from "../../gen/vaka/registry/v1/registry_service_pb";
import { AreaKind } from "../../gen/vaka/registry/v1/types_pb";
import { useFormats, useWords } from "../../i18n";
import { useNames } from "../../parts/names";
import { Loaded } from "../../parts/States";
import "../../styles/areas.css";

/** The share of households in active areas, by district and by housing form, now or at a past date. */
export function Coverage() {
  const { areas } = useWords();
  const f = useFormats();
  const names = useNames();
  const [date, setDate] = useState("");
  const at = /^\d{4}-\d{2}-\d{2}$/.test(date) ? new Date(`${date}T12:00:00`) : null;
  const query = useCoverage(at);
  return (
    <section className="card stack" aria-labelledby="coverage">
      <div className="row between" style={{ alignItems: "end" }}>
        <div className="grow">
          <h2 id="coverage">{areas.coverage}</h2>
          <p className="muted" style={{ margin: 0 }}>{areas.coverageHelp}</p>
        </div>
        <TextInput type="date" label={areas.coverageAt} value={date} onChange={(event) => setDate(event.currentTarget.value)} />
      </div>
      <Loaded query={query}>
        {({ total, byDistrict, byForm }) => (
          <>
            {total !== undefined && (
              <p className="hero-number" style={{ margin: 0, fontSize: "1.5rem" }}>
                {areas.coverageTotal(f.percent(shareOf(total)))}
              </p>
            )}
            <div className="grid-2">
              <Rows title={areas.byDistrict} rows={byDistrict} nameOf={names.district} />
              <Rows title={areas.byForm} rows={byForm} nameOf={(key) => areas.kinds[formOf(key)] ?? key} />
            </div>
          </>
        )}
      </Loaded>
    </section>
  );
}

function shareOf({ covered, households }: CoverageRow): number {
  return households === 0 ? 0 : covered / households;
}

/** A housing form as the server writes it: its name with or without the enum's prefix, or its number. */
function formOf(key: string): number {
  const name = key.toUpperCase().replace(/^AREA_KIND_/, "");
  const found = (AreaKind as unknown as Record<string, number | undefined>)[name];
  return found ?? (Number(key) || 0);
}

function Rows({ title, rows, nameOf }: { title: string; rows: readonly CoverageRow[]; nameOf: (key: string) => string }) {
  const { areas } = useWords();
  const f = useFormats();
  return (
    <div className="stack" style={{ gap: 8 }}>
      <h3>{title}</h3>
      <ul className="plain stack" style={{ gap: 10 }}>
        {rows.map((row) => (
          <li key={row.key}>
            <div className="row between" style={{ gap: "0 12px" }}>
              <span className="grow">{nameOf(row.key)}</span>
              <strong className="num">{f.percent(shareOf(row))}</strong>
            </div>
            <div className="coverage-track" aria-hidden="true"><span style={{ width: `${shareOf(row) * 100}%` }} /></div>
            <span className="muted small">
              {[
                areas.coverageOf(row.covered, row.households),
                areas.activeOf(row.active, row.areas),
                row.dormant > 0 ? areas.dormant(row.dormant) : "",
                row.areasWithoutContact > 0 ? areas.withoutContact(row.areasWithoutContact) : "",
              ].filter((part) => part !== "").join(" · ")}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
