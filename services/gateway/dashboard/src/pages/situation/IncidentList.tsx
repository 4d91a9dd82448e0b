import { Button } from "@mantine/core";
import { useState } from "react";
import type { IncidentView } from "../../gen/vaka/intake/v1/intake_service_pb";
import { useFormats, useWords } from "../../i18n";
import { useNow } from "../../parts/clock";
import { SeverityMark } from "../../parts/marks";
import { useNames } from "../../parts/names";

const PIECE = 30;

export function IncidentList({ incidents, chosen, fresh, onChoose }: {
  incidents: readonly IncidentView[];
  chosen: string;
  fresh: ReadonlyMap<string, number>;
  onChoose: (incident: string) => void;
}) {
  const { common } = useWords();
  const [many, setMany] = useState(PIECE);
  const now = useNow(10_000);
  return (
    <>
      <ul className="plain stack" style={{ gap: 8 }}>
        {incidents.slice(0, many).map((view) => (
          <li key={view.incident!.id}>
            <IncidentRow view={view} now={now} chosen={view.incident!.id === chosen} fresh={fresh.has(view.incident!.id)} onChoose={onChoose} />
          </li>
        ))}
      </ul>
      {incidents.length > many && (
        <Button variant="default" onClick={() => setMany(many + PIECE)}>{common.actions.more}</Button>
      )}
    </>
  );
}

function IncidentRow({ view, now, chosen, fresh, onChoose }: {
  view: IncidentView;
  now: number;
  chosen: boolean;
  fresh: boolean;
  onChoose: (incident: string) => void;
}) {
  const { map } = useWords();
  const f = useFormats();
  const names = useNames();
  const incident = view.incident!;
  return (
    <button
      type="button"
      className={fresh ? "rowbutton arrive" : "rowbutton"}
      aria-pressed={chosen}
      data-incident={incident.id}
      onClick={() => onChoose(chosen ? "" : incident.id)}
    >
      <span className="incident-top">
        <span className="incident-name">{names.category(incident.category)}</span>
        <span className="small muted num" title={f.weekdayTime(incident.observedFrom)}>
          {fresh && <span className="badge level-3" style={{ marginRight: 6 }}>{map.fresh}</span>}
          {f.ago(incident.observedFrom, now)}
        </span>
      </span>
      <span className="row" style={{ gap: "4px 10px", marginTop: 4 }}>
        <SeverityMark severity={incident.severity} />
        <span className="muted">{names.place(incident.where)}</span>
      </span>
    </button>
  );
}
