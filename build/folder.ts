/**
 * What is in a folder.
 *
 * @module
 */
import { join } from "node:path";

/** A file that was written. */
export interface Built {
  /** Its path in the folder. */
  readonly file: string;
  /** Its bytes. */
  readonly bytes: number;
}

/** Every file of a folder and of those in it, by their paths. */
export async function filesIn(folder: string, under = ""): Promise<Built[]> {
  const files: Built[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(folder, under))) {
    const file = join(under, name);
    if (isDirectory) files.push(...await filesIn(folder, file));
    else files.push({ file, bytes: (await Deno.stat(join(folder, file))).size });
  }
  return files.sort((a, b) => a.file < b.file ? -1 : 1);
}
