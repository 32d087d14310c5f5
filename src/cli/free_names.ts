/**
 * Files that verbs write: none of somebody else's is replaced.
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

/** Bytes at the beginning of a file that tell whether a verb wrote it. */
const HEAD = 4096;

/** What begins the files that a verb writes, with a byte for a character. */
export const MARKS = {
  "safetensors of an export": /^.{8}\{"__metadata__":\{("format":"pt",)?"filigree":"/s,
  // Version and length come before the name of the producer.
  "ONNX of an export": /^.{4}filigree/s,
  "report": /^<!DOCTYPE html>.* - Filigree<\/title>/s,
  "SVG of a plot": /^<svg [^>]*version="1.1" class="marks"/,
  "CSV of a bench": /^family,pattern,density,/,
} as const;

/**
 * Refuses to write a file in the place of one that is not an earlier one of its kind. An empty one is replaced.
 *
 * @param option What names another place, such as "--out".
 * @throws {ValidationError} if there is a folder, or a file of anything else.
 */
export async function requireOwnFile(
  option: string,
  path: string,
  kind: keyof typeof MARKS,
): Promise<void> {
  if (!await exists(path)) return;
  const { isFile, isDirectory, size } = await Deno.stat(path);
  if (isDirectory) {
    throw new ValidationError(
      `Option "${option}" is "${path}", which is a folder; expected a file.`,
    );
  }
  if (!isFile || size === 0 || MARKS[kind].test(await headOf(path))) return;
  throw new ValidationError(
    `Cannot write "${path}": it is there and is no ${kind} that Filigree wrote, which alone is replaced; expected another file ` +
      `with ${option}, or none of that name.`,
  );
}

/** The beginning of a file. */
async function headOf(path: string): Promise<string> {
  using file = await Deno.open(path);
  const head = new Uint8Array(HEAD);
  const read = await file.read(head) ?? 0;
  return Array.from(head.subarray(0, read), (byte) => String.fromCharCode(byte)).join("");
}
