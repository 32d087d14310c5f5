/**
 * Labelled sentences in a file of the user: what `finetune` learns of.
 *
 * @module
 */
import { type LabelledSentences, labelledSentences } from "../data/tokens/labelled.ts";
import { readUtf8 } from "./corpora/plain.ts";
import { requirePath } from "./data_sets/definition.ts";
import { ValidationError } from "./deps.ts";

/** What the column of the classes is called in files that name their columns. */
const HEADERS: readonly string[] = ["label", "labels", "class", "category", "target", "sentiment"];

/** Bytes of a file that tell what it is. */
const HEAD = 65_536;

/** Whether a path is that of a file of labelled sentences: its first line has a tab, and no comma before it. */
export async function isLabelled(path: string | URL): Promise<boolean> {
  if (!(await Deno.stat(path)).isFile || String(path).endsWith(".csv")) return false;
  using file = await Deno.open(path);
  const head = new Uint8Array(HEAD);
  const read = await file.read(head) ?? 0;
  const [line] = new TextDecoder().decode(head.subarray(0, read)).split("\n", 1);
  return /^[^\t,]+\t./.test(line);
}

/**
 * Labelled sentences of a file.
 *
 * @throws {ValidationError} if there is no such file.
 * @throws {DataFormatError} if a line is not so.
 */
export async function readLabelled(name: string): Promise<LabelledSentences> {
  const expected =
    "expected one of labelled sentences: a line each, the class, a tab, and the sentence.";
  await requirePath(name, `Option "--data" is "${name}", and there is no such file; ${expected}`);
  if ((await Deno.stat(name)).isDirectory) {
    throw new ValidationError(`Option "--data" is "${name}", which is a folder; ${expected}`);
  }
  const labelled = labelledSentences(await readUtf8(name), name);
  requireAlike(labelled, name);
  return labelled;
}

/** Refuses sentences among pairs: a tab too many or too few is likelier than both in one task. */
function requireAlike({ texts }: LabelledSentences, name: string): void {
  const other = texts.findIndex(({ length }) => length !== texts[0].length);
  if (other < 0) return;
  const kinds = ["one sentence", "a pair of sentences"];
  throw new ValidationError(
    `Cannot read "${name}" at line ${other + 1}: it has ${kinds[texts[other].length - 1]}, ` +
      `and the lines before it ${kinds[texts[0].length - 1]}; expected the same in every line.`,
  );
}

/** Refuses what nothing can be learnt of, and a line of names of columns, which would be an example of a class of its own. */
export function requireClasses({ labels, classNames }: LabelledSentences, name: string): void {
  if (classNames.length < 2) {
    throw new ValidationError(
      `Cannot train with "${name}": every sentence is of the class "${
        classNames[0]
      }"; expected two classes or more.`,
    );
  }
  const first = labels[0];
  if (HEADERS.includes(classNames[first].toLowerCase()) && !Array.from(labels).includes(first, 1)) {
    throw new ValidationError(
      `Cannot read "${name}" at line 1: its class "${
        classNames[first]
      }" is in no other line, so that it seems to hold ` +
        "names of columns; expected a file without them.",
    );
  }
}
