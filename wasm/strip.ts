/**
 * Takes the names of functions out of WebAssembly modules, in place: `deno run --allow-read --allow-write wasm/strip.ts
 * FILE...`. They are a thirtieth of what is fetched. Panics say their file and line without them.
 *
 * @module
 */

import { type Bytes, moduleOf, Reader, SECTION, sectionsOf } from "./binary.ts";

/**
 * A module without its section of names.
 *
 * @throws {SyntaxError} if it is no module.
 */
export function withoutNames(module: Bytes): Bytes {
  return moduleOf(
    sectionsOf(module).filter(({ id, content }) =>
      id !== SECTION.custom || new Reader(content).text() !== "name"
    ),
  );
}

if (import.meta.main) {
  for (const file of Deno.args) {
    await Deno.writeFile(file, withoutNames(await Deno.readFile(file)));
  }
}
