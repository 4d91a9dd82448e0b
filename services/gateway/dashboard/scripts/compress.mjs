// Writes a .gz beside every text file of dist, so that the gateway serves it without compressing.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const dist = join(dirname(fileURLToPath(import.meta.url)), "../dist");

function* walk(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* walk(path);
    else if (/\.(js|css|html|svg|json|webmanifest)$/.test(name)) yield path;
  }
}

for (const path of walk(dist)) writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
