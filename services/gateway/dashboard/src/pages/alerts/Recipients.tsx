import { Button } from "@mantine/core";
import { useState } from "react";
import type { DeliveryView, RecipientView } from "../../gen/vaka/notifications/v1/notifications_service_pb";
import { DeliveryState } from "../../gen/vaka/notifications/v1/types_pb";
import { useFormats, useWords } from "../../i18n";
import { useNames } from "../../parts/names";

const PIECE = 12;

/** How it went for each recipient, in words: no names, for names are looked up only where they are needed. */
export function Recipients({ recipients }: { recipients: readonly RecipientView[] }) {
  const { alerts, common } = useWords();
  const names = useNames();
  const [many, setMany] = useState(PIECE);
  return (
    <section className="stack" aria-labelledby="recipients">
      <h3 id="recipients">{alerts.recipients}</h3>
      {recipients.length === 0 ? (
        <p className="muted" style={{ margin: 0 }}>{alerts.recipientsEmpty}</p>
      ) : (
        <ul className="plain card recipients">
          {recipients.slice(0, many).map((recipient, n) => (
            <li key={recipient.person}>
              <div className="row between" style={{ gap: "2px 12px" }}>
                <strong>{alerts.recipient(n + 1)}, {names.area(recipient.area)}</strong>
                <span>
                  {recipient.relayed
                    ? `✓ ${alerts.answers.relayed(recipient.households)}`
                    : recipient.acknowledged
                      ? `✓ ${alerts.answers.read}`
                      : <span className="muted">{alerts.answers.none}</span>}
                </span>
              </div>
              <ul className="plain">
                {recipient.deliveries.map((delivery) => <Delivery key={`${delivery.message}${delivery.version}`} delivery={delivery} />)}
              </ul>
            </li>
          ))}
        </ul>
      )}
      {recipients.length > many && <Button variant="default" onClick={() => setMany(many + 50)}>{common.actions.more}</Button>}
    </section>
  );
}

function Delivery({ delivery }: { delivery: DeliveryView }) {
  const { alerts } = useWords();
  const f = useFormats();
  const held = delivery.state === DeliveryState.HELD && delivery.due !== undefined;
  return (
    <li className="muted">
      {[
        `${alerts.channels[delivery.channel]}: ${alerts.states[delivery.state]}${delivery.at === undefined || held ? "" : ` ${f.time(delivery.at)}`}`,
        alerts.reasons[delivery.reason] ?? "",
        held ? alerts.until(f.dayTime(delivery.due)) : "",
        delivery.attempts > 1 ? alerts.attempts(delivery.attempts) : "",
        delivery.error,
      ].filter((part) => part !== "").join(" · ")}
    </li>
  );
}
