import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { FakeGateway } from "../../fake/gateway";
import { NOON, openAs } from "../../fake/harness";
import { DispatchViewSchema } from "../../gen/vaka/dispatch/v1/dispatch_service_pb";
import { IncidentDispatchedSchema } from "../../gen/vaka/dispatch/v1/events_pb";
import { DispatchAnswer, ShiftState, StopState } from "../../gen/vaka/dispatch/v1/types_pb";
import { Role } from "../../gen/vaka/options/v1/options_pb";

describe("the crew's page", () => {
  it("shows a dispatch as it comes and answers it", async () => {
    const { fake, user } = openAs(Role.PATROLLER, "/patrull");
    await screen.findByText(/Dagens pass/);
    await screen.findByText("Direkt");
    const incident = fake.incidents[0]!.incident!.id;
    fake.shift!.dispatches.push(create(DispatchViewSchema, { id: "d-1", incident, answerBy: timestampFromDate(new Date(Date.now() + 120_000)) }));
    fake.tell({ case: "incidentDispatched", value: create(IncidentDispatchedSchema, { dispatch: "d-1", incident }) });
    await screen.findByRole("heading", { name: "Ny uppgift till bilen" });
    await user.click(screen.getByRole("button", { name: "Vi åker" }));
    await waitFor(() => expect(fake.shift!.dispatches[0]?.answer).toBe(DispatchAnswer.ACCEPTED));
  });

  it("does the stops in order, and skips one only with a reason", async () => {
    const { fake, user } = openAs(Role.PATROLLER, "/patrull");
    await user.click(await screen.findByRole("button", { name: /Klart/ }));
    await waitFor(() => expect(fake.shift!.stops[1]?.state).toBe(StopState.DONE));
    await screen.findByText(/Stopp 3 av 5/);
    await user.click(screen.getByRole("button", { name: "Hoppa över" }));
    await user.click(screen.getByRole("button", { name: "Hoppa över" }));
    await screen.findByText("Skriv kort varför.");
    expect(fake.shift!.stops[2]?.state).toBe(StopState.PLANNED);
  });
});

describe("the briefing officer's page", () => {
  it("sets up, staffs and briefs today's shift", async () => {
    const quiet = new FakeGateway(NOON);
    quiet.shift = null;
    const { fake, user } = openAs(Role.BRIEFING_OFFICER, "/patrull", quiet);
    await user.click(await screen.findByRole("button", { name: "Lägg upp dagens pass" }));
    await user.selectOptions(await screen.findByLabelText("Första grannstödjaren"), "patroller-1");
    await user.selectOptions(screen.getByLabelText("Andra grannstödjaren"), "patroller-2");
    await user.click(screen.getByRole("button", { name: "Bemanna" }));
    await user.click(await screen.findByRole("button", { name: "Utsättningen är hållen" }));
    await waitFor(() => expect(fake.shift?.state).toBe(ShiftState.BRIEFED));
  });
});
