import { Button } from "@mantine/core";
import { useState } from "react";
import { useMay } from "../../api/access";
import { areasWithoutAnyone, silentAreas, useAlert, type MessageDraft } from "../../api/queries/alerts";
import { NotificationsService, type AlertView } from "../../gen/vaka/notifications/v1/notifications_service_pb";
import { useFormats, useWords } from "../../i18n";
import { SeverityMark } from "../../parts/marks";
import { useNames } from "../../parts/names";
import { Loaded } from "../../parts/States";
import { titleOf } from "./AlertsPage";
import { ReachBars } from "./ReachBars";
import { RecallForm } from "./RecallForm";
import { Recipients } from "./Recipients";

/** One alert: its reach as the hero, who is silent, and how it went for each recipient. */
export function AlertDetail({ alert, onNudge }: { alert: string; onNudge: (draft: MessageDraft) => void }) {
  const query = useAlert(alert);
  return (
    <Loaded query={query} lines={6}>
      {({ alert: view, recipients }) =>
        view?.alert === undefined ? null : (
          <article className="stack-l">
            <Head view={view} />
            <section className="card stack">
              <Hero view={view} />
            </section>
            <Silent view={view} onNudge={onNudge} />
            <NobodyThere view={view} />
            <ByArea view={view} />
            <Recipients recipients={recipients} />
          </article>
        )
      }
    </Loaded>
  );
}


function Head({ view }: { view: AlertView }) {
  const words = useWords();
  const { alerts, common } = words;
  const f = useFormats();
  const names = useNames();
  const may = useMay();
  const [recalling, setRecalling] = useState(false);
  const alert = view.alert!;
  return (
    <header className="stack">
      <div className="row between">
        <h2>{titleOf(view, names, words)}</h2>
        {may(NotificationsService.method.recallAlert) && !alert.recalled && (
          <Button variant="default" className="no-print" onClick={() => setRecalling(true)}>{alerts.recall}</Button>
        )}
      </div>
      <div className="row" style={{ gap: 8 }}>
        <SeverityMark severity={alert.severity} />
        {alert.recalled && <span className="badge">{alerts.recalled}</span>}
        {alert.version > 1 && <span className="badge">{alerts.version(alert.version)}</span>}
        <span className="muted">{f.weekdayTime(alert.raisedAt)}</span>
        <span className="muted">{alert.senderAgency === "" ? common.roles[9] : names.agency(alert.senderAgency)}</span>
      </div>
      {view.text !== "" && <p className="preview">{view.text}</p>}
      {recalling && <RecallForm alert={alert.id} onClose={() => setRecalling(false)} />}
    </header>
  );
}

function Hero({ view }: { view: AlertView }) {
  const { alerts } = useWords();
  const reach = view.reach;
  if (reach === undefined) return null;
  const notes = [
    reach.held > 0 ? alerts.reach.waiting(reach.held) : "",
    reach.suppressed > 0 ? alerts.reach.suppressed(reach.suppressed) : "",
    reach.failed > 0 ? alerts.reach.failed(reach.failed) : "",
  ].filter((note) => note !== "");
  return (
    <>
      <h3>{alerts.reach.title}</h3>
      <ReachBars reach={reach} large />
      {notes.length > 0 && <p className="muted" style={{ margin: 0 }}>{notes.join(" · ")}</p>}
    </>
  );
}

function Silent({ view, onNudge }: { view: AlertView; onNudge: (draft: MessageDraft) => void }) {
  const words = useWords();
  const { alerts } = words;
  const names = useNames();
  const may = useMay();
  const silent = silentAreas(view);
  if (silent.length === 0) return (view.reach?.recipients ?? 0) === 0 ? null : <p style={{ margin: 0 }}>✓ {alerts.silentNone}</p>;
  const what = titleOf(view, names, words).toLowerCase();
  return (
    <div className="silent row between">
      <p className="grow" style={{ margin: 0 }}>
        <strong>{alerts.silent}</strong> {silent.map((area) => names.area(area)).join(", ")}
      </p>
      {may(NotificationsService.method.sendMessage) && (
        <Button variant="default" className="no-print" onClick={() => onNudge({ areas: silent, districts: [], text: alerts.nudgeText(what), severity: 3 })}>
          {alerts.nudge}
        </Button>
      )}
    </div>
  );
}

function NobodyThere({ view }: { view: AlertView }) {
  const { alerts } = useWords();
  const names = useNames();
  const empty = areasWithoutAnyone(view);
  if (empty.length === 0) return null;
  return (
    <p className="muted" style={{ margin: 0 }}>
      {alerts.nobodyIn}: {empty.map((area) => names.area(area)).join(", ")}
    </p>
  );
}

function ByArea({ view }: { view: AlertView }) {
  const { alerts } = useWords();
  const names = useNames();
  if (view.areas.length < 2) return null;
  return (
    <section className="stack" aria-labelledby="by-area">
      <h3 id="by-area">{alerts.areas}</h3>
      <ul className="plain card stack" style={{ gap: 10 }}>
        {view.areas.map(({ area, reach }) => (
          <li key={area} className="row between" style={{ gap: "2px 16px" }}>
            <span className="grow">{names.area(area)}</span>
            <span className="num muted">{alerts.reach.relayed}: {alerts.reach.of(reach?.relayed ?? 0, reach?.recipients ?? 0)}</span>
            <span className="num">{alerts.reach.households_of(reach?.households ?? 0, reach?.householdsInAreas ?? 0)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
