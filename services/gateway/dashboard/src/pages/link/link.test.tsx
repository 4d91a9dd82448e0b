import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { openAs } from "../../fake/harness";

describe("the link in a message", () => {
  it("takes a receipt in two taps, without signing in", async () => {
    const { user } = openAs(null, "/l/signed-0");
    await screen.findByRole("heading", { name: "Inbrott i villa i Albyberget" });
    await user.click(screen.getByRole("button", { name: "Jag har fört vidare" }));
    await user.click(screen.getByRole("button", { name: "Gruppchatt" }));
    await screen.findByText("Du har fört vidare till 18 hushåll.");
  });

  it("lets the number of households be changed first", async () => {
    const { user } = openAs(null, "/l/signed-1");
    await user.click(await screen.findByRole("button", { name: "Jag har fört vidare" }));
    await user.click(screen.getByRole("button", { name: "Fler" }));
    await user.click(screen.getByRole("button", { name: "Sms" }));
    await screen.findByText("Du har fört vidare till 19 hushåll.");
  });

  it("says so when the link is not genuine, and shows nothing of the message", async () => {
    openAs(null, "/l/forged");
    await screen.findByText("Länken går inte att öppna");
    expect(screen.queryByText(/Inbrott/)).toBeNull();
  });
});
