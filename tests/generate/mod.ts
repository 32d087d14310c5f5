/**
 * Writes what is made of other files (`deno task generate`): the registries of kernels.
 *
 * `tests/generate_test.ts` fails where a committed file is not what this writes.
 *
 * @module
 */
import { type Folders, registries } from "./registries.ts";

const ROOT = new URL("../../", import.meta.url);

/** The folders of this checkout. */
export const FOLDERS: Folders = {
  names: (folder, extension) =>
    [...Deno.readDirSync(new URL(`${folder}/`, ROOT))].map(({ name }) => name)
      .filter((name) => name.endsWith(extension))
      .map((name) => name.slice(0, -extension.length)).sort(),
};

/** Every generated file: path from the root, and text. */
export function generated(): Record<string, string> {
  return registries(FOLDERS);
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(generated())) {
    const file = new URL(path, ROOT);
    if (await Deno.readTextFile(file) === text) continue;
    await Deno.writeTextFile(file, text);
    console.log(`${path} is written anew`);
  }
}
