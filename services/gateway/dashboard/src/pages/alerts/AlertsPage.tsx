import { Button } from "@mantine/core";
import { useState } from "react";
import { useMay } from "../../api/access";
import { useAlerts, type MessageDraft } from "../../api/queries/alerts";
import { NotificationsService, type AlertView } from "../../gen/vaka/notifications/v1/notifications_service_pb";
import { AlertKind } from "../../gen/vaka/notifications/v1/types_pb";
import { useFormats, useWords } from "../../i18n";
import { useNow } from "../../parts/clock";
import { SeverityMark } from "../../parts/marks";
import { useNames, type Names } from "../../parts/names";
import { Page } from "../../parts/Page";
import { go, usePlace } from "../../parts/router";
import { Empty, Loaded } from "../../parts/States";
import type { Words } from "../../i18n/sv";
import "../../styles/alerts.css";
import { AlertDetail } from "./AlertDetail";
import { MessageForm } from "./MessageForm";

/** What an alert is called: what happened, or what kind of message it is. */
export function titleOf(view: AlertView, names: Names, words: Words): string {
  const alert = view.alert;
  if (alert === undefined) return words.alerts.kinds[0] ?? "";
  if (alert.kind === AlertKind.INCIDENT && alert.category !== "") return names.category(alert.category);
  return words.alerts.kinds[alert.kind] ?? "";
}

export default function AlertsPage() {
  const { alerts } = useWords();
  const may = useMay();
  const { parts } = usePlace();
  const query = useAlerts();
  const [draft, setDraft] = useState<MessageDraft | null>(null);
  const chosen = parts[1] ?? query.data?.[0]?.alert?.id ?? "";
  return (
    <Page
      title={alerts.title}
      actions={
        may(NotificationsService.method.sendMessage) && (
          <Button onClick={() => setDraft({ areas: [], districts: [], text: "", severity: 3 })}>{alerts.compose}</Button>
        )
      }
    >
      {draft !== null && <MessageForm first={draft} onClose={() => setDraft(null)} />}
      <Loaded query={query} lines={5}>
        {(views) =>
          views.length === 0 ? (
            <Empty title={alerts.empty} help={alerts.emptyHelp} />
          ) : (
            <div className="alerts">
              <AlertList views={views} chosen={chosen} />
              <div className="alerts-detail">
                {chosen !== "" && <AlertDetail key={chosen} alert={chosen} onNudge={setDraft} />}
              </div>
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}

function AlertList({ views, chosen }: { views: readonly AlertView[]; chosen: string }) {
  const words = useWords();
  const { alerts } = words;
  const f = useFormats();
  const names = useNames();
  const now = useNow(10_000);
  return (
    <ul className="plain stack alerts-list" style={{ gap: 8 }} aria-label={alerts.title}>
      {views.map((view) => {
        const alert = view.alert!;
        return (
          <li key={alert.id}>
            <button type="button" className="rowbutton" aria-pressed={alert.id === chosen} data-alert={alert.id} onClick={() => go(`/larm/${encodeURIComponent(alert.id)}`)}>
              <span className="row between" style={{ flexWrap: "nowrap", gap: 8 }}>
                <strong>{titleOf(view, names, words)}</strong>
                <span className="small muted num">{f.ago(alert.raisedAt, now)}</span>
              </span>
              <span className="row" style={{ gap: "4px 10px", margin: "4px 0" }}>
                <SeverityMark severity={alert.severity} />
                {alert.recalled && <span className="badge">{alerts.recalled}</span>}
                <span className="muted">{alert.district === "" ? alerts.areaCount(alert.areas.length) : names.district(alert.district)}</span>
              </span>
              <span className="small">{alerts.reach.short(view.reach?.relayed ?? 0, view.reach?.households ?? 0)}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
