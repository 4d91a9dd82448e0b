import { create } from "@bufbuild/protobuf";
import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { openAs } from "../../fake/harness";
import { DeliveryReceiptedSchema } from "../../gen/vaka/notifications/v1/events_pb";
import { Role } from "../../gen/vaka/options/v1/options_pb";

function part(name: string): string {
  return document.querySelector(`.reach-large [data-reach-part=${name}]`)?.textContent ?? "";
}

describe("an alert", () => {
  it("fills up while the page is open", async () => {
    const { fake } = openAs(Role.COORDINATOR, "/larm");
    await screen.findByText("Så långt har det nått");
    await screen.findByText("Direkt");
    const made = fake.alerts[0]!;
    for (const recipient of made.recipients) Object.assign(recipient, { relayed: true, acknowledged: true, households: 10 });
    fake.recount(made);
    const all = made.recipients.length;
    expect(part("relayed")).not.toBe(`${all} av ${all}`);
    fake.tellDelivery({ case: "deliveryReceipted", value: create(DeliveryReceiptedSchema, { delivered: true }) });
    await waitFor(() => expect(part("relayed")).toBe(`${all} av ${all}`));
    expect(part("households")).toBe(`${all * 10} av ${made.view.reach?.householdsInAreas}`);
  });

  it("says in words why somebody gets nothing, waits or was told", async () => {
    const { fake } = openAs(Role.COORDINATOR, "/larm/alert-5");
    await screen.findByText("Per mottagare");
    expect(fake.alerts.some(({ view }) => view.alert?.id === "alert-5")).toBe(true);
    expect((await screen.findAllByText(/Skickades direkt: allvarligt nog/)).length).toBeGreaterThan(0);
  });

  it("is shown to nobody whose role may not see it", async () => {
    openAs(Role.PATROLLER, "/larm");
    await screen.findByText("Du har inte behörighet");
  });
});
