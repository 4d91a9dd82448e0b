import { Button } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useMay } from "../../api/access";
import { useWithdraw } from "../../api/queries/incidents";
import { IntakeService, Outcome, type ReportResponse } from "../../gen/vaka/intake/v1/intake_service_pb";
import { useWords } from "../../i18n";
import { useNames } from "../../parts/names";
import { go } from "../../parts/router";
import { Failed } from "../../parts/States";
import { offerUndo } from "../../parts/undo";

/** What happened to the report, what follows, and ten seconds to take it back. */
export function DoneStep({ result, onAgain }: { result: ReportResponse | "kept" | null; onAgain: () => void }) {
  const { report } = useWords();
  const names = useNames();
  const may = useMay();
  const withdraw = useWithdraw();
  const [undone, setUndone] = useState(false);
  const offered = useRef(false);

  useEffect(() => {
    if (offered.current || result === null || result === "kept" || result.outcome === Outcome.UNCHANGED) return;
    if (!may(IntakeService.method.withdraw)) return;
    offered.current = true;
    offerUndo(report.done.title, async () => {
      await withdraw.mutateAsync({ incident: result.incident, reason: report.done.undoReason });
      setUndone(true);
    });
  });

  if (result === null) return null;
  if (result === "kept") {
    return (
      <section className="stack" role="status">
        <h2>{report.done.queuedTitle}</h2>
        <p style={{ margin: 0 }}>{report.done.queued}</p>
        <div className="row"><Button variant="default" onClick={onAgain}>{report.done.another}</Button></div>
      </section>
    );
  }
  const place = [result.area === "" ? "" : names.area(result.area), result.district === "" ? "" : names.district(result.district)]
    .filter((part) => part !== "")
    .join(", ");
  return (
    <section className="stack-l">
      {withdraw.isError && <Failed error={withdraw.error} />}
      <div role="status" className="done">
        <h2>{undone ? report.done.undone : report.done.title}</h2>
        {!undone && place !== "" && <p style={{ margin: "6px 0 0" }}>{report.done.placed(place)}</p>}
      </div>
      {!undone && (
        <div>
          <h3>{report.done.next}</h3>
          <ul style={{ margin: "8px 0 0", paddingLeft: 22 }}>
            {result.outcome === Outcome.UNCHANGED && <li>{report.done.unchanged}</li>}
            <li>{result.area === "" ? report.done.nextNoArea : report.done.nextArea}</li>
            <li>{report.done.nextWeek}</li>
          </ul>
        </div>
      )}
      <div className="row">
        <Button onClick={onAgain}>{report.done.another}</Button>
        {may(IntakeService.method.list) && !undone && (
          <Button variant="default" onClick={() => go(`/laget?visa=${encodeURIComponent(result.incident)}`)}>{report.done.map}</Button>
        )}
      </div>
    </section>
  );
}
