/**
 * Folders that verbs write several files into: none of somebody else's is replaced.
 *
 * @module
 */
import { exists } from "../runtime/atomic_files.ts";
import { ValidationError } from "./deps.ts";

/**
 * Refuses to write files into a folder that has one of them.
 *
 * @param what What is about to be done there, such as "prepare icons in".
 * @param names Of the files, in the folder.
 * @throws {ValidationError} naming the first that is there.
 */
export async function requireFreeNames(
  what: string,
  folder: string,
  names: Iterable<string>,
): Promise<void> {
  for (const name of names) {
    if (!await exists(`${folder}/${name}`)) continue;
    throw new ValidationError(
      `Cannot ${what} "${folder}": there is "${name}" in it; expected a folder that is new or empty, or one without that file`,
    );
  }
}
