import { Button } from "@mantine/core";
import { useIncidents } from "../../api/queries/incidents";
import { useWeek, useWeekCommand } from "../../api/queries/weeks";
import { useIdentity } from "../../api/session";
import { Completeness } from "../../gen/vaka/est/v1/types_pb";
import { useFormats, useWords } from "../../i18n";
import { SafetyLine, SeverityMark } from "../../parts/marks";
import { useNames } from "../../parts/names";
import { Empty, Failed, Loaded } from "../../parts/States";

/** A reporter's first screen: one big button, "nothing to report", and what they have reported this week. */
export function ReporterStart({ onReport }: { onReport: () => void }) {
  const { report } = useWords();
  const names = useNames();
  const f = useFormats();
  const own = useIncidents({ days: 7, district: "", minSeverity: 0, own: true });
  return (
    <div className="stack-l" style={{ maxWidth: 720 }}>
      <button type="button" className="big-report" onClick={onReport}>
        <span>{report.big}</span>
        <small>{report.bigHelp}</small>
      </button>
      <NothingToReport />
      <section className="stack" aria-labelledby="own-reports">
        <h2 id="own-reports">{report.own}</h2>
        <Loaded query={own}>
          {({ incidents }) =>
            incidents.length === 0 ? (
              <Empty title={report.ownEmpty} help={report.ownEmptyHelp} />
            ) : (
              <ul className="plain stack" style={{ gap: 8 }}>
                {incidents.slice(0, 12).map(({ incident }) => (
                  <li key={incident!.id} className="card" style={{ padding: "10px 14px" }}>
                    <div className="incident-top row between">
                      <strong>{names.category(incident!.category)}</strong>
                      <span className="muted">{f.dayTime(incident!.observedFrom)}</span>
                    </div>
                    <div className="row" style={{ gap: 10 }}>
                      <SeverityMark severity={incident!.severity} />
                      <span className="muted">{names.place(incident!.where)}</span>
                    </div>
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      </section>
      <SafetyLine />
    </div>
  );
}

function NothingToReport() {
  const { report } = useWords();
  const { agency } = useIdentity();
  const { data } = useWeek(null);
  const send = useWeekCommand((est, week: { year: number; week: number }, idempotencyKey) =>
    est.submitContribution({ week, agency, nothingToReport: true, idempotencyKey }),
  );
  const picture = data?.picture;
  if (picture?.week === undefined || agency === "") return null;
  const { week } = picture;
  const mine = picture.completeness.find((row) => row.agency === agency)?.completeness;
  const answered = mine === Completeness.NOTHING || mine === Completeness.CONTRIBUTED;
  return (
    <section className="card stack">
      <div className="row between">
        <div className="grow">
          <h2>{report.nothing}</h2>
          <p className="muted" style={{ margin: 0 }}>{answered ? report.nothingUndo : report.nothingHelp(week.week)}</p>
        </div>
        {answered ? (
          <p role="status" style={{ margin: 0 }}>
            <strong>{send.isSuccess ? report.nothingSent : report.nothingAlready}</strong>
          </p>
        ) : (
          <Button variant="default" loading={send.isPending} onClick={() => send.mutate({ year: week.year, week: week.week })}>
            {report.nothing}
          </Button>
        )}
      </div>
      {send.isError && <Failed error={send.error} />}
    </section>
  );
}
