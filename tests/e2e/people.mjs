// People at their screens: each in a browser context of their own, signed in as one of the demo's roles.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const dashboard = join(here, "../../services/gateway/dashboard");
const require = createRequire(join(dashboard, "package.json"));
const { chromium } = require("playwright-core");
const { transpile, ModuleKind, ScriptTarget } = require("typescript");

/** A module of the dashboard's that needs no other. */
function fromDashboard(path) {
  const source = readFileSync(join(dashboard, path), "utf8");
  const script = transpile(source, { module: ModuleKind.ESNext, target: ScriptTarget.ES2022 });
  return import(`data:text/javascript,${encodeURIComponent(script)}`);
}

export const { weekOf, writeWeek } = await fromDashboard("src/parts/weeks.ts");

/** Numbers of vaka.options.v1.Role. */
export const Role = { PATROLLER: 5, BRIEFING_OFFICER: 8, COORDINATOR: 9, ANALYST: 10, AGENCY_REPORTER: 11 };

export const DESK = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

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

/** A browser of somebody's own. What goes wrong in the page is kept in `page.troubles`. */
export async function sitDown(browser, viewport) {
  const context = await browser.newContext({ viewport, locale: "sv-SE", timezoneId: "Europe/Stockholm" });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.troubles = [];
  page.on("pageerror", (error) => page.troubles.push(String(error)));
  return page;
}

/** Signs in by the role's own button; the demo says what roles there are. */
export async function signInAs(browser, url, role, viewport = DESK) {
  const page = await sitDown(browser, viewport);
  await page.goto(url);
  await page.locator(`[data-role="${role}"]`).first().click();
  await page.locator('.livemark[data-phase="live"]').waitFor();
  return page;
}

/** One call by Connect in JSON, as the signed-in person, or as nobody from a page without a session. */
export function call(page, method, request) {
  return page.evaluate(
    async ([path, body]) => {
      const session = JSON.parse(localStorage.getItem("vaka.session") ?? "null");
      const headers = { "Content-Type": "application/json", "Connect-Protocol-Version": "1" };
      if (session !== null) headers.Authorization = `Bearer ${session.token}`;
      const kommun = session?.identity.kommun ?? "";
      const answer = await fetch(`/${path}`, { method: "POST", headers, body: JSON.stringify({ kommun, ...body }) });
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    },
    [method, request],
  );
}

/** Goes to a page of the site without loading it anew, so that the live stream goes on. */
export async function visit(page, path) {
  await page.evaluate((to) => {
    history.pushState(null, "", to);
    dispatchEvent(new PopStateEvent("popstate"));
  }, path);
}

/** Asks until `answer` resolves to something, for at most `ms`. */
export async function until(what, answer, ms = 20_000) {
  const end = Date.now() + ms;
  for (;;) {
    const found = await answer();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
