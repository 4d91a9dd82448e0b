import { Button } from "@mantine/core";
import { useState } from "react";
import type { OpenLinkResponse } from "../../gen/vaka/notifications/v1/notifications_service_pb";
import { RelayChannel } from "../../gen/vaka/notifications/v1/types_pb";
import { useWords } from "../../i18n";
import { Failed } from "../../parts/States";

const WAYS = [RelayChannel.SMS, RelayChannel.CHAT, RelayChannel.DOOR, RelayChannel.NOTICE_BOARD, RelayChannel.EMAIL, RelayChannel.OTHER];
const MOST = 10_000;

/**
 * "I have passed it on" in two taps: the button, then how. The number of households is proposed from what the person
 * covers, and can be changed before the second tap.
 */
export function Receipt({ message, sending, failure, onRead, onRelay }: {
  message: OpenLinkResponse;
  sending: boolean;
  failure: unknown;
  onRead: () => void;
  onRelay: (by: RelayChannel, households: number) => void;
}) {
  const { link, common } = useWords();
  const [asking, setAsking] = useState(false);
  const [households, setHouseholds] = useState(message.households || 10);
  if (message.relayed && !asking) {
    return (
      <section className="card stack no-print thanks" role="status">
        <h2>✓ {link.thanks}</h2>
        <p style={{ margin: 0 }} data-households={message.households}>{link.thanksText(message.households)}</p>
        <div><Button variant="default" onClick={() => setAsking(true)}>{link.relayChange}</Button></div>
      </section>
    );
  }
  if (!asking) {
    return (
      <section className="stack no-print">
        {failure !== null && failure !== undefined && <Failed error={failure} />}
        <button type="button" className="big-answer" onClick={() => setAsking(true)}>{link.relay}</button>
        {message.acknowledged ? (
          <p role="status" style={{ margin: 0 }}>✓ {link.readDone}</p>
        ) : (
          <Button variant="default" size="lg" loading={sending} onClick={onRead}>{link.read}</Button>
        )}
      </section>
    );
  }
  const step = households >= 50 ? 10 : households >= 20 ? 5 : 1;
  const answer = (by: RelayChannel) => {
    onRelay(by, households);
    setAsking(false);
  };
  return (
    <section className="card stack-l no-print" aria-labelledby="how-title">
      <div>
        <p style={{ margin: "0 0 8px", fontWeight: 550 }} id="households-label">{link.relayCount}</p>
        <div className="row" role="group" aria-labelledby="households-label" style={{ flexWrap: "nowrap" }}>
          <button type="button" className="count-button" aria-label={link.less} onClick={() => setHouseholds(Math.max(1, households - step))}>−</button>
          <input
            className="count-field num"
            type="number"
            inputMode="numeric"
            min={1}
            max={MOST}
            aria-label={link.relayCount}
            value={households}
            onChange={(event) => setHouseholds(Math.min(MOST, Math.max(0, Math.round(event.currentTarget.valueAsNumber || 0))))}
          />
          <button type="button" className="count-button" aria-label={link.more} onClick={() => setHouseholds(Math.min(MOST, households + step))}>+</button>
        </div>
      </div>
      <div>
        <h2 id="how-title">{link.relayHow}</h2>
        <ul className="plain ways">
          {WAYS.map((way) => (
            <li key={way}>
              <button type="button" className="way" disabled={sending || households < 1} onClick={() => answer(way)}>{link.channels[way]}</button>
            </li>
          ))}
        </ul>
      </div>
      <Button variant="subtle" onClick={() => setAsking(false)}>{common.actions.cancel}</Button>
    </section>
  );
}
