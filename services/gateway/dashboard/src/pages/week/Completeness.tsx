import { Completeness as Said, type AgencyCompleteness } from "../../gen/vaka/est/v1/types_pb";
import { useWords } from "../../i18n";
import { useNames } from "../../parts/names";

const SIGN: Record<Said, string> = {
  [Said.UNSPECIFIED]: "",
  [Said.MISSING]: "○",
  [Said.NOTHING]: "✓",
  [Said.CONTRIBUTED]: "✓",
};

/** Who has answered; silence stands first, for it is what somebody should do something about. */
export function Completeness({ rows }: { rows: readonly AgencyCompleteness[] }) {
  const { week } = useWords();
  const names = useNames();
  const answered = rows.filter(({ completeness }) => completeness > Said.MISSING).length;
  const sorted = [...rows].sort((a, b) => a.completeness - b.completeness);
  return (
    <section className="card stack" aria-labelledby="completeness">
      <div className="row between">
        <h2 id="completeness">{week.completeness}</h2>
        <span className="num muted">{week.completenessCount(answered, rows.length)}</span>
      </div>
      <ul className="plain stack" style={{ gap: 6 }}>
        {sorted.map(({ agency, completeness }) => (
          <li key={agency} className="row between" data-agency={agency} data-said={Said[completeness]}>
            <span className="grow">{names.agency(agency)}</span>
            <span className={`badge ${completeness === Said.MISSING ? "level-4" : "level-1"}`}>
              <span aria-hidden="true">{SIGN[completeness]}</span>
              {week.completenessWords[completeness]}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
