import type { Transport } from "@connectrpc/connect";
import { DeliveryReceiptedSchema } from "../gen/vaka/notifications/v1/events_pb";
import { create } from "@bufbuild/protobuf";
import { FakeGateway } from "./gateway";
import { madeIncident } from "./incidents";
import { repeatable } from "./random";

const INCIDENT_EVERY_MS = 9000;
const ANSWER_EVERY_MS = 1500;

/**
 * The fake gateway with life in it: an incident now and then, and answers to the newest alert. The address says what
 * is wanted: `?fake=empty` nothing in it, `?fake=quiet` nothing happens, `?fake=offline` no answers.
 */
export function demoGateway(): Transport {
  const wish = new URLSearchParams(window.location.search).get("fake") ?? sessionStorage.getItem("vaka.fake") ?? "";
  sessionStorage.setItem("vaka.fake", wish);
  const fake = new FakeGateway(Date.now(), { empty: wish === "empty" });
  if (wish === "offline") fake.unreachable = true;
  if (wish !== "quiet" && wish !== "empty") comeAlive(fake);
  return fake.transport();
}

function comeAlive(fake: FakeGateway): void {
  const random = repeatable(5);
  let made = 0;
  setInterval(() => {
    made += 1;
    fake.addIncident(madeIncident(fake.config, fake.areas, random, `live-${made}`, Date.now() - 60_000, fake.seq));
  }, INCIDENT_EVERY_MS);
  setInterval(() => {
    const [newest] = fake.alerts;
    const silent = newest?.recipients.find(({ relayed, deliveries }) => !relayed && (deliveries[0]?.state ?? 0) >= 4);
    if (newest === undefined || silent === undefined) return;
    Object.assign(silent, { acknowledged: true, relayed: true, households: 16 });
    fake.recount(newest);
    fake.tellDelivery({ case: "deliveryReceipted", value: create(DeliveryReceiptedSchema, { delivered: true }) });
  }, ANSWER_EVERY_MS);
}
