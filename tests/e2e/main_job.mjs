// The main job through the page, on a demo that runs at VAKA_URL: a report comes in, the area's contact persons are
// told, one of them passes it on, the patrol car gets it, the week's picture counts it, and those at the dashboard
// watch it happen. Ends with 0 when all of it did. VAKA_E2E_OUT: a folder for pictures of where it failed.
import { join } from "node:path";
import { call, DESK, launch, PHONE, Role, signInAs, sitDown, until, visit, weekOf, writeWeek } from "./people.mjs";

const url = process.env.VAKA_URL ?? "http://127.0.0.1:8080";
const out = process.env.VAKA_E2E_OUT;
const began = Date.now();
const screens = new Map();

async function step(what, act) {
  const start = Date.now();
  const result = await act();
  console.log(`ok ${String(Date.now() - start).padStart(6)} ms  ${what}`);
  return result;
}

/** The first number of one of the shown alert's five bars: "12 av 20" is 12. */
async function reached(page, part) {
  const text = await page.locator(`[data-reach-part="${part}"]`).first().textContent({ timeout: 1000 }).catch(() => "");
  return Number(/^\d+/.exec((text ?? "").replaceAll(/\s/g, ""))?.[0] ?? 0);
}

/** An active area with people to tell. Areas that got an alert lately are as good as any: each report is its own. */
async function areaWithPeople(page) {
  const { areas = [] } = await call(page, "vaka.registry.v1.RegistryService/ListAreas", { withoutPolygons: true });
  const able = areas.filter(({ stage, contactPersons }) => stage === "AREA_STAGE_ACTIVE" && (contactPersons ?? 0) >= 1);
  able.sort((a, b) => b.contactPersons - a.contactPersons || a.area.id.localeCompare(b.area.id));
  if (able.length === 0) throw new Error("the demo has no active area with contact persons");
  return able[0].area;
}

/** Reports through the form: area, weapon, very serious – so serious that it goes through at night too. */
async function report(page, area) {
  await visit(page, "/rapportera");
  await visit(page, "/rapportera?ny");
  await page.getByRole("combobox", { name: "Område" }).selectOption(area.id);
  await page.getByRole("button", { name: "Fortsätt" }).click();
  await page.locator('[data-group="violence"]').click();
  await page.locator("[data-category]").first().waitFor();
  await page.locator('[data-category="weapon"], [data-category="shooting_explosion"]').first().click();
  await page.getByRole("radio", { name: "5 mycket allvarlig" }).check({ force: true });
  await page.getByLabel(/Beskriv med egna ord/).fill("Någon har lagt något som liknar ett vapen vid lekplatsen.");
  const answer = page.waitForResponse((response) => response.url().endsWith("IntakeService/Report"));
  await page.getByRole("button", { name: "Skicka rapporten" }).click();
  const response = await answer;
  if (!response.ok()) throw new Error(`Report: ${response.status()} ${await response.text()}`);
  await page.getByRole("heading", { name: /Rapporten är mottagen/ }).waitFor();
  return response.json();
}

/** The report form refuses a personal identity number and marks it. The number is one of Skatteverket's test numbers. */
async function refusePersonalData(page, area) {
  await visit(page, "/rapportera");
  await visit(page, "/rapportera?ny");
  await page.getByRole("combobox", { name: "Område" }).selectOption(area.id);
  await page.getByRole("button", { name: "Fortsätt" }).click();
  await page.locator('[data-group="damage"]').click();
  await page.locator("[data-category]").first().click();
  await page.getByLabel(/Beskriv med egna ord/).fill("Jag såg 19900118-9811 göra det.");
  const mark = await page.locator("mark").first().textContent();
  if (!mark?.startsWith("19900118-9811")) throw new Error(`marked "${mark}"`);
}

/** A person of the area whose phone got a message with a link after the report. */
async function phoneWithMessage(page, area, since) {
  return until("a phone of the area with the message", async () => {
    const { phones = [] } = await call(page, "vaka.gateway.v1.DemoService/Phones", {});
    const named = (phone) => phone.area === area.name || phone.area === area.id;
    const told = (phone) => (phone.messages ?? []).some(({ at, link }) => link && Date.parse(at) >= since - 1000);
    return phones.find((phone) => named(phone) && told(phone));
  });
}

/** Two taps on the page that the link opens, and the thanks. */
async function passOn(page, phone) {
  await page.locator(`[data-phone="${phone.person}"] .bubble-link`).first().click();
  await page.getByRole("button", { name: "Jag har fört vidare" }).click();
  await page.getByRole("button", { name: "Gruppchatt" }).click();
  await page.getByText("Tack!").waitFor();
  return Number(await page.locator("[data-households]").getAttribute("data-households"));
}

/** Brings today's shift to where the car is out, whatever state the demo or an earlier run left it in. */
async function carOut(officer, patroller) {
  const state = async () => (await officer.locator("[data-shift-state]").getAttribute("data-shift-state", { timeout: 1500 }).catch(() => "NONE")) ?? "NONE";
  await visit(officer, "/patrull");
  await visit(patroller, "/patrull");
  await officer.locator("#last-day").waitFor();
  for (let tries = 0; tries < 12; tries++) {
    const now = await state();
    if (now === "OUT") return;
    if (now === "NONE") await officer.locator("form").getByRole("button", { name: "Lägg upp dagens pass" }).click();
    else if (now === "OPEN") await staff(officer);
    else if (now === "STAFFED") await officer.getByRole("button", { name: "Utsättningen är hållen" }).click();
    else if (now === "BRIEFED") await patroller.getByRole("button", { name: "Kör ut" }).click();
    else if (now === "RETURNED") {
      await officer.getByLabel("Sammanfattning").fill("Lugnt pass.");
      await officer.getByRole("button", { name: "Spara genomgången" }).click();
    } else if (now === "DEBRIEFED") await officer.getByRole("button", { name: "Avsluta passet" }).click();
    await until(`the shift to leave ${now}`, async () => (await state()) !== now);
  }
  throw new Error(`the car is not out but ${await state()}`);
}

async function staff(officer) {
  const first = officer.getByLabel("Första grannstödjaren");
  await first.waitFor();
  const people = await first.locator("option").evaluateAll((options) => options.map(({ value, text }) => ({ value, text })));
  const driver = people.find(({ text }) => text.includes("förare"));
  const other = people.find(({ value }) => value !== "" && value !== driver.value);
  await first.selectOption(driver.value);
  await officer.getByLabel("Andra grannstödjaren").selectOption(other.value);
  await officer.getByRole("button", { name: "Bemanna" }).click();
}

/** The officer sends the incident to the car, the crew sees it come and accepts, the officer sees the answer. */
async function dispatch(officer, patroller, incident) {
  await visit(officer, `/laget?visa=${encodeURIComponent(incident)}`);
  await officer.getByRole("button", { name: "Skicka till bilen" }).click();
  await patroller.getByRole("heading", { name: "Ny uppgift till bilen" }).first().waitFor();
  await patroller.getByRole("button", { name: "Vi åker" }).first().click();
  await visit(officer, "/patrull");
  await until("the crew's answer at the officer", async () =>
    (await officer.locator("[data-dispatch]").filter({ hasText: "Vi åker" }).count()) > 0);
}

// The week is named: on a Monday, until it is published, the one that is worked on is the last.
async function counted(analyst, area, week) {
  await visit(analyst, `/veckan/${writeWeek(week)}`);
  await analyst.locator("#picture").waitFor();
  const { picture } = await call(analyst, "vaka.est.v1.EstService/GetWeek", { draft: true, week });
  return (picture?.cells ?? []).some(({ district, category, count }) =>
    district === area.district && ["weapon", "shooting_explosion"].includes(category) && count > 0);
}

async function mainJob(browser) {
  const seat = async (name, role, viewport) => {
    const page = await signInAs(browser, url, role, viewport);
    screens.set(name, page);
    return page;
  };
  const coordinator = await step("the coordinator signs in and watches live", () => seat("coordinator", Role.COORDINATOR));
  const area = await step("there is an active area with contact persons", () => areaWithPeople(coordinator));
  await step("the map is drawn", () => coordinator.locator(".maplibregl-canvas").waitFor());

  const reporter = await step("a reporter signs in", () => seat("reporter", Role.AGENCY_REPORTER, PHONE));
  await step("personal data is refused and marked", () => refusePersonalData(reporter, area));
  const since = Date.now();
  const reported = await step("the reporter reports", () => report(reporter, area));

  const row = coordinator.locator(`[data-incident="${reported.incident}"]`);
  await step("the coordinator sees it come, without asking", () => row.waitFor());
  await row.click();
  await step("its alert goes out", () => until("told > 0", async () => (await reached(coordinator, "told")) > 0));
  const before = { relayed: await reached(coordinator, "relayed"), households: await reached(coordinator, "households") };

  const phones = await sitDown(browser, DESK);
  screens.set("phones", phones);
  await phones.goto(`${url}/telefoner`);
  const phone = await step("a contact person's phone has the message", () => phoneWithMessage(phones, area, since));
  const households = await step("who passes it on in two taps", () => passOn(phones, phone));
  await step("the coordinator sees the reach grow", () =>
    until("relayed and households to grow", async () =>
      (await reached(coordinator, "relayed")) > before.relayed &&
      (await reached(coordinator, "households")) >= before.households + households));

  const officer = await step("the briefing officer signs in", () => seat("officer", Role.BRIEFING_OFFICER));
  const patroller = await step("the patroller signs in", () => seat("patroller", Role.PATROLLER, PHONE));
  await step("the car is out", () => carOut(officer, patroller));
  await step("the car gets the incident and answers", () => dispatch(officer, patroller, reported.incident));

  const analyst = await step("the analyst signs in", () => seat("analyst", Role.ANALYST));
  const week = weekOf(new Date(since), "Europe/Stockholm");
  await step("the week's picture counts it", () => until("the cell", () => counted(analyst, area, week)));

  const troubles = [...screens].flatMap(([name, page]) => page.troubles.map((trouble) => `${name}: ${trouble}`));
  if (troubles.length > 0) throw new Error(`errors in the page:\n${troubles.join("\n")}`);
}

const browser = await launch();
try {
  await mainJob(browser);
  console.log(`main job done in ${Date.now() - began} ms`);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
  if (out !== undefined) {
    for (const [name, page] of screens) await page.screenshot({ path: join(out, `${name}.png`), fullPage: true }).catch(() => undefined);
  }
} finally {
  await browser.close();
}
