// What somebody at the dashboard waits for, in Debian's Chromium with software rendering, on a demo that runs at
// VAKA_URL without reports of its own. Prints a measured value a line: "name<TAB>value".
import { DESK, launch, Role, signInAs, sitDown } from "../../e2e/people.mjs";
import { atTheMap } from "./map.mjs";

const url = process.env.VAKA_URL;
const REPORTS = Number(process.env.VAKA_BENCH_REPORTS ?? 40);
const LOADS = Number(process.env.VAKA_BENCH_LOADS ?? 3);
const INCIDENTS = Number(process.env.VAKA_BENCH_INCIDENTS ?? 5000);
// Longer than the page's pause between two readings of one thing, so that no report waits for the one before.
const BETWEEN_MS = 600;

function print(name, value) {
  console.log(`${name}\t${value}`);
}

function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(Math.ceil(q * sorted.length), 1) - 1];
}

/** A reporter's token and municipality, by the demo's own code. */
async function reporter() {
  const response = await fetch(`${url}/vaka.gateway.v1.SessionService/SignIn`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ code: "polis" }),
  });
  if (!response.ok) throw new Error(`SignIn: ${response.status} ${await response.text()}`);
  const { token, identity } = await response.json();
  return { token, kommun: identity.kommun };
}

/** The n-th place of a grid over the demo's districts, where few or no incidents are. */
function place(n, of) {
  const row = Math.ceil(Math.sqrt(of));
  return { lon: 17.79 + (0.09 * ((n % row) + 0.5)) / row, lat: 59.15 + (0.09 * (Math.floor(n / row) + 0.5)) / row };
}

function submission(point) {
  return { category: "graffiti", severity: 1, where: { point }, text: "Klotter på gaveln mot torget." };
}

/** How far the page's clock is ahead of ours, by the quickest of some looks. */
async function clockAhead(page) {
  let best = { rtt: Infinity, ahead: 0 };
  for (let i = 0; i < 30; i++) {
    const before = performance.now();
    const there = await page.evaluate(() => performance.now());
    const after = performance.now();
    if (after - before < best.rtt) best = { rtt: after - before, ahead: there - (before + after) / 2 };
  }
  return best.ahead;
}

/** From a report's acceptance to the frame in which its point is on the map, each report alone. */
async function visible(browser) {
  const page = await signInAs(browser, url, Role.COORDINATOR, DESK);
  await atTheMap(page);
  const { token, kommun } = await reporter();
  const ahead = await clockAhead(page);
  const took = [];
  for (let n = 0; n < REPORTS; n++) {
    const point = place(n, REPORTS);
    await page.evaluate(([lon, lat]) => window.vakaBench.watch(lon, lat), [point.lon, point.lat]);
    const response = await fetch(`${url}/vaka.intake.v1.IntakeService/Report`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: JSON.stringify({ kommun, idempotencyKey: `bench-${process.pid}-${n}`, submission: submission(point) }),
    });
    const accepted = performance.now();
    if (!response.ok) throw new Error(`Report: ${response.status} ${await response.text()}`);
    const { incident } = await response.json();
    const shown = await page.evaluate((id) => window.vakaBench.shown(id), incident);
    took.push(shown - ahead - accepted);
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
  }
  print("visible p50", quantile(took, 0.5));
  print("visible p99", quantile(took, 0.99));
  const session = await page.evaluate(() => localStorage.getItem("vaka.session"));
  await page.context().close();
  return session;
}

/** A load with nothing cached: bytes on the wire, and until the page answers a click and the map is drawn. */
async function load(browser, session) {
  const page = await sitDown(browser, DESK);
  await page.addInitScript((text) => localStorage.setItem("vaka.session", text), session);
  const wire = await page.context().newCDPSession(page);
  const bytes = { page: 0, map: 0, data: 0 };
  const kinds = new Map();
  await wire.send("Network.enable");
  wire.on("Network.responseReceived", ({ requestId, response }) => {
    const { pathname } = new URL(response.url);
    const kind = /\/MapCanvas-/.test(pathname) ? "map" : pathname.startsWith("/vaka.") ? "data" : "page";
    kinds.set(requestId, kind);
  });
  wire.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const kind = kinds.get(requestId);
    if (kind !== undefined) bytes[kind] += encodedDataLength;
  });
  await page.goto(`${url}/laget`, { waitUntil: "commit" });
  await page.locator("[data-incident]").first().click();
  await page.locator("#chosen-incident").waitFor();
  const interactive = await page.evaluate(() => performance.now());
  await atTheMap(page);
  const drawn = await page.evaluate(() => performance.now());
  await page.context().close();
  return { interactive, drawn, bytes };
}

async function loads(browser, session) {
  const all = [];
  for (let i = 0; i < LOADS; i++) all.push(await load(browser, session));
  const middle = (get) => quantile(all.map(get), 0.5);
  print("interactive", middle(({ interactive }) => interactive));
  print("drawn", middle(({ drawn }) => drawn));
  for (const kind of ["page", "map", "data"]) print(`bytes ${kind}`, middle(({ bytes }) => bytes[kind]));
}

/** Connect's client stream: each message after a byte of flags and four of length. */
function envelopes(messages) {
  return Buffer.concat(messages.map((message) => {
    const payload = Buffer.from(JSON.stringify(message));
    const head = Buffer.alloc(5);
    head.writeUInt32BE(payload.length, 1);
    return Buffer.concat([head, payload]);
  }));
}

async function fill() {
  const { token, kommun } = await reporter();
  const ITEMS = 200; // a message
  const BODY = 10 * ITEMS; // about half of what a body may have
  const items = Array.from({ length: INCIDENTS }, (_, n) => ({
    idempotencyKey: `fill-${n}`,
    submission: submission(place(n, INCIDENTS)),
  }));
  for (let first = 0; first < INCIDENTS; first += BODY) {
    const messages = [];
    for (let at = first; at < Math.min(first + BODY, INCIDENTS); at += ITEMS) {
      messages.push({ kommun, items: items.slice(at, at + ITEMS) });
    }
    const response = await fetch(`${url}/vaka.intake.v1.IntakeService/ReportMany`, {
      method: "POST",
      headers: { "Content-Type": "application/connect+json", Authorization: `Bearer ${token}` },
      body: envelopes(messages),
    });
    const answer = await response.text();
    if (!response.ok || /"(error|refused)"/.test(answer)) throw new Error(`ReportMany: ${response.status} ${answer.slice(5)}`);
  }
}

/** Frames a second while the map moves slowly for five seconds under so many incidents. */
async function panning(browser, session) {
  await fill();
  const page = await sitDown(browser, DESK);
  await page.addInitScript((text) => localStorage.setItem("vaka.session", text), session);
  // The page reads the newest 500; here it gets as many as the rpc gives.
  await page.route("**/vaka.intake.v1.IntakeService/List", async (route) => {
    const request = { ...route.request().postDataJSON(), limit: INCIDENTS };
    await route.continue({ postData: JSON.stringify(request) });
  });
  await page.goto(`${url}/laget`);
  await atTheMap(page);
  const least = 0.98 * INCIDENTS; // some of the newest are the demo's own, which may have no point
  const points = await page.evaluate((count) => window.vakaBench.points(count), least);
  if (points < least) throw new Error(`the map holds ${points} of ${INCIDENTS} incidents`);
  const { frames, slowest } = await page.evaluate(() => window.vakaBench.pan(5000));
  print("points", points);
  print("frames", frames);
  print("slowest", slowest);
  await page.context().close();
}

const browser = await launch();
try {
  const session = await visible(browser);
  await loads(browser, session);
  await panning(browser, session);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await browser.close();
}
