import { useQueues } from "../../api/queries/alerts";
import { useFormats, useWords } from "../../i18n";
import { useLive } from "../../live/LiveProvider";
import { useNow } from "../../parts/clock";
import { Page } from "../../parts/Page";
import { Empty, Loaded } from "../../parts/States";
import "../../styles/situation.css";
import "../../styles/alerts.css";

/** For whoever keeps it running: how far the planner and the live stream have come, and what waits where. */
export default function OperationsPage() {
  const { operations, alerts, common } = useWords();
  const f = useFormats();
  const live = useLive();
  const now = useNow(1000);
  const query = useQueues();
  return (
    <Page title={operations.title}>
      <Loaded query={query}>
        {({ queues, plannerPosition, head }) => (
          <div className="stack-l">
            <div className="strip">
              <div>
                <p className="strip-label">{operations.head}</p>
                <p className="strip-value num">{f.number(head)}</p>
              </div>
              <div>
                <p className="strip-label">{operations.position}</p>
                <p className="strip-value num">{f.number(plannerPosition)}</p>
                <p className="small muted" style={{ margin: 0 }}>{operations.lag(Number(head > plannerPosition ? head - plannerPosition : 0n))}</p>
              </div>
              <div>
                <p className="strip-label">{operations.live}</p>
                <p className="strip-value num">{f.number(live.seq)}</p>
                <p className="small muted" style={{ margin: 0 }}>
                  {operations.heard}: {live.heardAt === null ? common.unknown : f.ago(live.heardAt, now)}
                </p>
              </div>
            </div>
            <div className="stack">
              <h2 id="queues">{operations.queues}</h2>
              {queues.length === 0 ? (
                <Empty title={operations.empty} help={operations.emptyHelp} />
              ) : (
                <div className="card tablewrap" tabIndex={0} role="region" aria-labelledby="queues">
                  <table className="table num">
                    <thead>
                      <tr>
                        <th scope="col">{operations.queues}</th>
                        <th scope="col">{operations.waiting}</th>
                        <th scope="col">{operations.inFlight}</th>
                        <th scope="col">{operations.held}</th>
                        <th scope="col">{operations.oldest}</th>
                      </tr>
                    </thead>
                    <tbody>
                      {queues.map((queue) => (
                        <tr key={queue.channel}>
                          <th scope="row">{alerts.channels[queue.channel]}</th>
                          <td>{f.number(queue.waiting)}</td>
                          <td>{f.number(queue.inFlight)}</td>
                          <td>{f.number(queue.held)}</td>
                          <td>{queue.oldest === undefined ? "–" : f.span(Number(queue.oldest.seconds) * 1000)}</td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </div>
              )}
            </div>
          </div>
        )}
      </Loaded>
    </Page>
  );
}
