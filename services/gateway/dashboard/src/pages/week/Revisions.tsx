import type { GetWeekResponse } from "../../gen/vaka/est/v1/est_service_pb";
import type { CellChange } from "../../gen/vaka/est/v1/types_pb";
import { FlagLevel } from "../../gen/vaka/est/v1/types_pb";
import { useWords } from "../../i18n";
import { FlagMark } from "../../parts/marks";
import { useNames } from "../../parts/names";
import { cellKey } from "./words";

/** A published picture never changes silently: what each version changed and why, and what waits for the next. */
export function Revisions({ data }: { data: GetWeekResponse }) {
  const { week } = useWords();
  const revision = data.picture!.revision;
  return (
    <section className="card stack" aria-labelledby="revisions">
      <h2 id="revisions">{week.revisions}</h2>
      {data.changes.length === 0 ? (
        <p style={{ margin: 0 }}>{week.revisionNone}</p>
      ) : (
        <>
          <p style={{ margin: 0 }}>{week.revisionNote(revision)}</p>
          <Changes changes={data.changes} />
        </>
      )}
      {data.pending.length > 0 && (
        <>
          <h3>{week.pending}</h3>
          <p style={{ margin: 0 }}>{week.pendingHelp}</p>
          <Changes changes={data.pending} />
        </>
      )}
    </section>
  );
}

function Changes({ changes }: { changes: readonly CellChange[] }) {
  const { week } = useWords();
  const names = useNames();
  return (
    <ul style={{ margin: 0, paddingLeft: 20 }}>
      {changes.map((change) => (
        <li key={cellKey(change)}>
          {week.change(names.district(change.district), names.category(change.category), change.before, change.after)}{" "}
          <span className="muted">({week.changeReasons[change.reason] ?? change.reason})</span>{" "}
          {change.flagAfter !== change.flagBefore && change.flagAfter !== FlagLevel.UNSPECIFIED && <FlagMark flag={change.flagAfter} />}
        </li>
      ))}
    </ul>
  );
}
