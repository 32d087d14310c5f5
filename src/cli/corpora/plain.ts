/**
 * Texts of the user as sources of a corpus: files, or folders of `.txt` files, in UTF-8.
 *
 * @module
 */
import { DataFormatError } from "../../data/errors.ts";
import { paragraphsOf, sentencesOf } from "../../data/tokens/sentences.ts";
import type { TextSource } from "../../data/tokens/write_corpus.ts";
import { requirePath } from "../data_sets/definition.ts";
import { ValidationError } from "../deps.ts";

/** What a document is: a file, or what lies between lines without text. */
export const DOCUMENTS = ["files", "blocks"] as const;

/** How texts are cut. */
export interface PlainOptions {
  /** What a document is. */
  readonly documents: typeof DOCUMENTS[number];
  /** Whether each line is a sentence; otherwise sentences are found by the rule of {@linkcode sentencesOf}. */
  readonly lines: boolean;
}

/**
 * A source for each path.
 *
 * @throws {ValidationError} if there is nothing at a path, one is given twice, or a folder has no `.txt` file.
 */
export async function plainSources(
  paths: readonly string[],
  options: PlainOptions,
): Promise<TextSource[]> {
  await requireOnce(paths);
  return await Promise.all(paths.map(async (path): Promise<TextSource> => {
    const files = await filesIn(path);
    if (files.length === 0) {
      throw new ValidationError(
        `Option "--from" is ${path}, but there is no .txt file in that folder or below it.`,
      );
    }
    return { name: path, documents: () => documentsOf(files, options) };
  }));
}

/** Refuses a path that is given twice: each of its texts would be two. */
async function requireOnce(paths: readonly string[]): Promise<void> {
  const seen = new Set<string>();
  for (const path of paths) {
    await requirePath(path, `Option "--from" is ${path}, but there is no such file or folder.`);
    const real = await Deno.realPath(path);
    if (seen.has(real)) {
      throw new ValidationError(`Option "--from" is ${path} twice; expected each path once.`);
    }
    seen.add(real);
  }
}

/** A file; or the `.txt` files of a folder and of those below it, by path. */
async function filesIn(path: string): Promise<string[]> {
  if (!(await Deno.stat(path)).isDirectory) return [path];
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    const below = `${path.replace(/[/\\]$/, "")}/${name}`;
    if (isDirectory) files.push(...await filesIn(below));
    else if (name.endsWith(".txt")) files.push(below);
  }
  return files.sort();
}

async function* documentsOf(
  files: readonly string[],
  { documents, lines }: PlainOptions,
): AsyncGenerator<string[]> {
  for (const file of files) {
    const paragraphs = paragraphsOf(await readUtf8(file)).map((paragraph) =>
      lines ? paragraph.split("\n") : sentencesOf(paragraph)
    );
    if (documents === "blocks") yield* paragraphs;
    else yield paragraphs.flat();
  }
}

/**
 * The text of a file.
 *
 * @throws {DataFormatError} if it is not in UTF-8.
 */
export async function readUtf8(file: string): Promise<string> {
  const bytes = await Deno.readFile(file);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new DataFormatError(file, placeOfFault(bytes), "it is no UTF-8; expected a text in it", {
      cause,
    });
  }
}

/** The first line that is no UTF-8. No character of UTF-8 but the end of a line has the byte of one. */
function placeOfFault(bytes: Uint8Array<ArrayBuffer>): { line: number; offset: number } {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (let line = 1, offset = 0;; line++) {
    const end = bytes.indexOf(0x0a, offset);
    if (end < 0) return { line, offset };
    try {
      decoder.decode(bytes.subarray(offset, end));
    } catch {
      return { line, offset };
    }
    offset = end + 1;
  }
}
