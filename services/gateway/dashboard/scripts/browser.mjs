// Debian's Chromium without a screen, and the pages that there are to look at.
import { chromium } from "playwright-core";

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--use-gl=angle",
      "--use-angle=swiftshader",
      "--enable-unsafe-swiftshader",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** Role numbers are those of vaka.options.v1.Role. `then` is done on the page before it is looked at. */
const COORDINATOR = 9;
const ANALYST = 10;
const OFFICER = 8;
const PATROLLER = 5;
const REPORTER = 11;
const REPRESENTATIVE = 6;
const OPERATOR = 13;
const RESIDENT = 1;

export const pages = [
  { name: "sign-in", role: 0, path: "/" },
  { name: "situation", role: COORDINATOR, path: "/laget" },
  {
    name: "situation-chosen", role: COORDINATOR, path: "/laget",
    then: (page) => page.locator("[data-incident]").nth(1).click(),
  },
  { name: "report-start", role: REPORTER, path: "/rapportera" },
  { name: "report-where", role: REPORTER, path: "/rapportera?ny" },
  {
    name: "report-what", role: REPORTER, path: "/rapportera?ny",
    then: async (page) => {
      await page.getByLabel("Skriv en plats").fill("Alby centrum");
      await page.getByRole("button", { name: "Fortsätt" }).click();
      await page.locator("[data-group]").first().waitFor();
    },
  },
  {
    name: "report-details", role: REPORTER, path: "/rapportera?ny",
    then: async (page) => {
      await page.getByLabel("Skriv en plats").fill("Alby centrum");
      await page.getByRole("button", { name: "Fortsätt" }).click();
      await page.locator("[data-group=damage]").click();
      await page.locator("[data-category=broken_glass]").click();
      await page.getByLabel(/Beskriv/).fill("Rutan i porten är krossad, ring 070-123 45 67 för mer.");
      await page.locator("mark").waitFor();
    },
  },
  { name: "alerts", role: COORDINATOR, path: "/larm" },
  {
    name: "alerts-write", role: COORDINATOR, path: "/larm",
    then: async (page) => {
      await page.getByRole("button", { name: "Nytt meddelande" }).click();
      await page.getByRole("checkbox", { name: "Alby" }).check();
      await page.getByLabel("Meddelande", { exact: true }).fill("Belysningen i tunneln är trasig i kväll. Gå gärna tillsammans.");
      await page.getByRole("button", { name: "Förhandsgranska" }).click();
      await page.locator("[data-recipients]").waitFor();
    },
  },
  { name: "patrol-crew", role: PATROLLER, path: "/patrull" },
  {
    name: "patrol-officer", role: OFFICER, path: "/patrull",
    then: async (page) => {
      await page.getByRole("button", { name: /Skicka till bilen/ }).first().click();
      await page.locator("[data-dispatch]").waitFor();
    },
  },
  { name: "week", role: ANALYST, path: "/veckan" },
  {
    name: "week-cell", role: ANALYST, path: "/veckan",
    then: (page) => page.locator(".cell.level-5").first().click(),
  },
  {
    name: "week-published", role: ANALYST, path: "/veckan",
    then: async (page) => {
      await page.getByRole("button", { name: "Veckan före" }).click();
      await page.getByText("Version 2 ändrade").waitFor();
    },
  },
  { name: "week-form", role: REPRESENTATIVE, path: "/veckan" },
  { name: "measures", role: COORDINATOR, path: "/insatser" },
  { name: "measure-new", role: COORDINATOR, path: "/insatser?ny" },
  { name: "areas", role: COORDINATOR, path: "/omraden" },
  { name: "operations", role: OPERATOR, path: "/drift" },
  { name: "phones", role: 0, path: "/telefoner" },
  { name: "link", role: 0, path: "/l/signed-0" },
  {
    name: "link-answer", role: 0, path: "/l/signed-0",
    then: (page) => page.getByRole("button", { name: "Jag har fört vidare" }).click(),
  },
  { name: "link-broken", role: 0, path: "/l/forged" },
  { name: "empty", role: COORDINATOR, path: "/laget", fake: "empty" },
  { name: "empty-alerts", role: COORDINATOR, path: "/larm", fake: "empty" },
  { name: "not-for-you", role: RESIDENT, path: "/larm" },
];

/** Opens a page as a role of the fake gateway, quiet unless told otherwise. */
export async function open(context, url, { role, path, then, fake = "quiet" }) {
  const page = await context.newPage();
  await page.goto(`${url}/?fake=${fake}`);
  if (role !== 0) {
    await page.locator(`[data-role="${role}"]`).click();
    await page.locator(".bar").waitFor();
  }
  if (path !== "/") {
    await page.evaluate((to) => {
      history.pushState(null, "", to);
      dispatchEvent(new PopStateEvent("popstate"));
    }, path);
  }
  await settled(page);
  if (then !== undefined) {
    await then(page);
    await settled(page);
  }
  return page;
}

/** No skeletons, and the map has drawn. */
async function settled(page) {
  await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null, null, { timeout: 20_000 });
  await page.locator("h1, h2").first().waitFor();
  await page.waitForTimeout(900);
}
