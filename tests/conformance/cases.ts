/**
 * What every kernel is tried with: a table of edges, and an arbitrary for the space between them. The cases are the
 * `FAMILIES` of every file of this folder that is named `*_cases.ts`.
 *
 * @module
 */
import type { Family } from "./family.ts";

/** The cases of every kernel, by name. */
export const FAMILIES: Readonly<Record<string, Family>> = await families();

/**
 * Reads the folder.
 *
 * @throws {Error} When a file has no cases, or two files have cases of one kernel.
 */
async function families(): Promise<Record<string, Family>> {
  const all: Record<string, Family> = {};
  const folder = new URL(".", import.meta.url);
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.endsWith("_cases.ts")).sort();
  for (const file of files) {
    const found: { FAMILIES?: Readonly<Record<string, Family>> } = await import(
      new URL(file, folder).href
    );
    if (found.FAMILIES === undefined) {
      throw new Error(`Cannot read tests/conformance/${file}: expected an export FAMILIES`);
    }
    for (const [kernel, family] of Object.entries(found.FAMILIES)) {
      if (Object.hasOwn(all, kernel)) {
        throw new Error(`Cannot take the cases of ${kernel} from ${file}: another file has some`);
      }
      all[kernel] = family;
    }
  }
  return all;
}
