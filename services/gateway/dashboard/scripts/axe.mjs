// axe-core over every page and state, at a phone's and a desk's width. Ends with 1 when it finds anything.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch, open, pages } from "./browser.mjs";
import { serve } from "./serve.mjs";

const here = join(dirname(fileURLToPath(import.meta.url)), "..");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const wanted = process.argv.slice(2);
const { url, stop } = await serve(join(here, "dist-fake"));
const browser = await launch();
const looked = pages.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.startsWith(word)));
let found = 0;
for (const viewport of [{ width: 320, height: 700 }, { width: 1280, height: 800 }]) {
  for (const one of looked) {
    const context = await browser.newContext({ viewport, locale: "sv-SE", reducedMotion: "reduce" });
    const violations = await look(context, one);
    for (const { id, help, nodes } of violations) {
      found += nodes.length;
      console.log(`${one.name} ${viewport.width}: ${id}: ${help}`);
      for (const node of nodes.slice(0, 3)) console.log(`    ${node.target.join(" ")}\n      ${node.html.slice(0, 160)}`);
    }
    await context.close();
  }
}
/** What axe says of a page; a page that cannot be opened counts as one finding. */
async function look(context, one) {
  try {
    const page = await open(context, url, one);
    await page.evaluate(axe);
    const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    return (await page.evaluate((tags) => window.axe.run(document, { runOnly: tags }), runOnly)).violations;
  } catch (error) {
    return [{ id: "not opened", help: String(error).split("\n")[0], nodes: [{ target: [one.path], html: "" }] }];
  }
}

console.log(found === 0 ? `axe: nothing found on ${looked.length} pages at two widths` : `axe: ${found} found`);
await browser.close();
stop();
process.exit(found === 0 ? 0 : 1);
