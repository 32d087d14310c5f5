/**
 * `deno task build`: the modules for pages, in `dist/`, and the WASM beside them.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { bundle, ENTRIES } from "./bundle.ts";

const files = await bundle(ENTRIES, fileURLToPath(new URL("../dist/", import.meta.url)));
for (const { file, bytes } of files) {
  console.log(`${(bytes / 1000).toFixed(1).padStart(8)} kB  dist/${file}`);
}
