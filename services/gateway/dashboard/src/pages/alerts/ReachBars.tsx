import type { Reach } from "../../gen/vaka/notifications/v1/notifications_service_pb";
import { useWords } from "../../i18n";
import "../../styles/alerts.css";

/** How far an alert has come, as five bars that fill: told, delivered, read, passed on, households. */
export function ReachBars({ reach, large = false }: { reach: Reach; large?: boolean }) {
  const { alerts } = useWords();
  const of = reach.recipients;
  return (
    <dl className={large ? "reach reach-large" : "reach"} data-reach>
      <Bar name="told" label={alerts.reach.told} part={reach.told} whole={of} />
      <Bar name="delivered" label={alerts.reach.delivered} part={reach.delivered} whole={of} />
      <Bar name="acknowledged" label={alerts.reach.acknowledged} part={reach.acknowledged} whole={of} />
      <Bar name="relayed" label={alerts.reach.relayed} part={reach.relayed} whole={of} />
      <Bar name="households" label={alerts.reach.households} part={reach.households} whole={reach.householdsInAreas} strong />
    </dl>
  );
}

function Bar({ name, label, part, whole, strong = false }: {
  name: string;
  label: string;
  part: number;
  whole: number;
  strong?: boolean;
}) {
  const { alerts } = useWords();
  const share = whole === 0 ? 0 : Math.min(1, part / whole);
  return (
    <div className={strong ? "reach-row reach-strong" : "reach-row"}>
      <dt>{label}</dt>
      <dd className="num" data-reach-part={name}>{alerts.reach.of(part, whole)}</dd>
      <dd aria-hidden="true" className="reach-track">
        <span className="reach-fill" style={{ transform: `scaleX(${share})` }} />
      </dd>
    </div>
  );
}
