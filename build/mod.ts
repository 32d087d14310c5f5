/**
 * `deno task build`: the modules for pages, in `dist/`, and the WASM beside them; what a first training takes for Deno, in
 * `dist/deno/`.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { bundle, ENTRIES } from "./bundle.ts";
import { bundleForDeno } from "./deno.ts";

const folder = fileURLToPath(new URL("../dist/", import.meta.url));
const files = await bundle(ENTRIES, folder);
for (const { file, bytes } of [...files, ...await bundleForDeno(folder)]) {
  console.log(`${(bytes / 1000).toFixed(1).padStart(8)} kB  dist/${file}`);
}
