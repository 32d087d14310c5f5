/**
 * `deno task build`: the module for pages, in `dist/`: `filigree.js` (everything) and `inference.js` (models that were trained),
 * `thread.js` for pages that may not make workers of a text, and the WASM.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.ts";

const files = await bundle({
  filigree: "build/everything.ts",
  inference: "build/inference.ts",
  thread: "src/device/wasm/worker.ts",
}, fileURLToPath(new URL("../dist/", import.meta.url)));
for (const { file, bytes } of files) {
  console.log(`${(bytes / 1000).toFixed(1).padStart(8)} kB  dist/${file}`);
}
