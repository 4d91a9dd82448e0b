// Pictures of every page at a phone's and a desk's size, into shots/. `npm run shots -- week link` takes only those.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch, open, pages } from "./browser.mjs";
import { serve } from "./serve.mjs";

const here = join(dirname(fileURLToPath(import.meta.url)), "..");
const wanted = process.argv.slice(2);
const sizes = [
  ["phone", { width: 390, height: 844 }],
  ["desk", { width: 1280, height: 800 }],
];
mkdirSync(join(here, "shots"), { recursive: true });
const { url, stop } = await serve(join(here, "dist-fake"));
const browser = await launch();
for (const [size, viewport] of sizes) {
  for (const shot of pages.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.startsWith(word)))) {
    const context = await browser.newContext({ viewport, locale: "sv-SE", timezoneId: "Europe/Stockholm" });
    try {
      const page = await open(context, url, shot);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (wide > 0) console.log(`${shot.name} ${size}: ${wide} px wider than the screen`);
      await page.screenshot({ path: join(here, "shots", `${shot.name}-${size}.png`), fullPage: true });
    } catch (error) {
      console.log(`${shot.name} ${size}: ${String(error).split("\n").slice(0, 4).join(" ")}`);
    }
    await context.close();
  }
}
await browser.close();
stop();
