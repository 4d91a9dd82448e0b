import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { openAs } from "../../fake/harness";
import { Role } from "../../gen/vaka/options/v1/options_pb";

describe("the week", () => {
  it("says a flag as number, word and usual range, never by colour alone", async () => {
    openAs(Role.ANALYST, "/veckan");
    const cell = await screen.findByRole("button", {
      name: "Alby, Stöld ur bil: Väntat 0,4 (vanligen 0–3), utfall 6, avviker tydligt",
    });
    expect(cell.textContent).toContain("6");
    expect(cell.textContent).toContain("avviker tydligt");
    expect(screen.getAllByText(/Av slumpen väntar vi oss ungefär 1,3 rutor/).length).toBeGreaterThan(0);
  });

  it("shows silence first among those who should have reported", async () => {
    openAs(Role.ANALYST, "/veckan");
    const heading = await screen.findByRole("heading", { name: "Vilka har rapporterat?" });
    const [first] = within(heading.closest("section")!).getAllByRole("listitem");
    expect(first?.textContent).toContain("saknas");
  });

  it("takes nothing to report as an answer", async () => {
    const { user } = openAs(Role.SAFETY_REPRESENTATIVE, "/veckan");
    await user.click(await screen.findByRole("button", { name: "Inget att rapportera" }));
    await screen.findByText(/er del är med i veckans bild/);
    await waitFor(() => expect(document.querySelector("[data-agency=housing]")?.getAttribute("data-said")).toBe("NOTHING"));
  });

  it("tells what a revision changed and what waits for the next", async () => {
    const { user } = openAs(Role.ANALYST, "/veckan");
    await user.click(await screen.findByRole("button", { name: "Veckan före" }));
    await screen.findByText("Version 2 ändrade detta:");
    expect(screen.getByText(/Alby, Stöld ur bil: 5 blir 6/)).toBeDefined();
    expect(screen.getByText(/Tumba, Klotter: 1 blir 2/)).toBeDefined();
  });
});
