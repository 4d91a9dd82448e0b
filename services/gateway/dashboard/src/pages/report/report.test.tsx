import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { openAs } from "../../fake/harness";
import { Role } from "../../gen/vaka/options/v1/options_pb";

type User = ReturnType<typeof openAs>["user"];

async function toDetails(user: User) {
  await user.type(await screen.findByLabelText("Skriv en plats"), "Alby centrum");
  await user.click(screen.getByRole("button", { name: "Fortsätt" }));
  await user.click(await screen.findByRole("button", { name: /^Skadegörelse/ }));
  await user.click(await screen.findByRole("button", { name: "Krossat glas" }));
  return screen.findByLabelText(/Beskriv med egna ord/);
}

describe("the report form", () => {
  it("asks for a place before it goes on, on top and beside the field", async () => {
    const { user } = openAs(Role.COORDINATOR, "/rapportera");
    await user.click(await screen.findByRole("button", { name: "Fortsätt" }));
    expect(await screen.findAllByText(/Säg var det hände/)).toHaveLength(2);
  });

  it("reports, says where it landed, and takes it back within ten seconds", async () => {
    const { user, fake } = openAs(Role.COORDINATOR, "/rapportera");
    await toDetails(user);
    await user.click(screen.getByRole("button", { name: "Skicka rapporten" }));
    await screen.findByRole("heading", { name: /Rapporten är mottagen/ });
    expect(fake.reports[0]?.submission?.where?.place).toBe("Alby centrum");
    await user.click(await screen.findByRole("button", { name: "Ångra" }));
    await waitFor(() => expect(fake.incidents[0]?.withdrawn).toBe(true));
    await screen.findByText("Rapporten är tillbakatagen.");
  });

  it("marks personal data in the text and keeps the report until it is gone", async () => {
    const { user, fake } = openAs(Role.COORDINATOR, "/rapportera");
    const text = await toDetails(user);
    await user.type(text, "Det var 850709-9805 som gjorde det");
    await user.click(screen.getByRole("button", { name: "Skicka rapporten" }));
    const mark = await waitFor(() => {
      const found = document.querySelector("mark");
      expect(found).not.toBeNull();
      return found!;
    });
    expect(mark.textContent).toBe("850709-9805 (personnummer)");
    expect(fake.reports).toHaveLength(0);
    await user.clear(text);
    await user.type(text, "En ruta är krossad");
    await user.click(screen.getByRole("button", { name: "Skicka rapporten" }));
    await screen.findByRole("heading", { name: /Rapporten är mottagen/ });
    expect(fake.reports).toHaveLength(1);
  });

  it("keeps the report on the device without contact, and sends it once when there is", async () => {
    const { user, fake } = openAs(Role.COORDINATOR, "/rapportera");
    await toDetails(user);
    fake.unreachable = true;
    await user.click(screen.getByRole("button", { name: "Skicka rapporten" }));
    await screen.findByText("Rapporten är sparad");
    expect(screen.getByText(/1 sak väntar på att skickas/)).toBeDefined();
    fake.unreachable = false;
    await user.click(screen.getByRole("button", { name: "Försök nu" }));
    await waitFor(() => expect(fake.reports).toHaveLength(1));
    await waitFor(() => expect(screen.queryByText(/väntar på att skickas/)).toBeNull());
  });
});
