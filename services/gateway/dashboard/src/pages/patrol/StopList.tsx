import type { Stop } from "../../gen/vaka/dispatch/v1/types_pb";
import { StopState } from "../../gen/vaka/dispatch/v1/types_pb";
import { useFormats, useWords } from "../../i18n";
import { useNames } from "../../parts/names";

export function StopList({ stops, next }: { stops: readonly Stop[]; next: string }) {
  const { patrol } = useWords();
  const f = useFormats();
  const names = useNames();
  const metres = stops.reduce((sum, { metresFromPrevious }) => sum + metresFromPrevious, 0);
  return (
    <section className="stack" aria-labelledby="route">
      <div className="row between">
        <h2 id="route">{patrol.route}</h2>
        <span className="muted num">{patrol.km(f.decimal(metres / 1000))}</span>
      </div>
      <ol className="plain route">
        {stops.map((stop, n) => (
          <li key={stop.id} aria-current={stop.id === next ? "step" : undefined} data-stop={stop.id} data-state={stop.state}>
            <span className={`route-number route-${stop.state}`} aria-hidden="true">
              {stop.state === StopState.DONE ? "✓" : stop.state === StopState.SKIPPED ? "–" : n + 1}
            </span>
            <span className="grow">
              <strong>{stop.area === "" ? names.district(stop.district) : names.area(stop.area)}</strong>
              <span className="muted"> · {patrol.stopKinds[stop.kind]}</span>
              {stop.state !== StopState.PLANNED && <span className="badge" style={{ marginLeft: 8 }}>{patrol.stopStates[stop.state]}</span>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
