/**
 * Lines that a model of very many labels is asked about: texts, or features as they are written.
 *
 * @module
 */
import { featuresAt } from "../../data/labels/chosen.ts";
import { joinedFeatures } from "../../data/labels/label_rows.ts";
import { ByteLines } from "../../data/labels/lines.ts";
import { readTextLines } from "../../data/labels/named.ts";
import type { FeatureRows } from "../../data/labels/rows.ts";
import type { RankingPreparation } from "../../data/labels/source.ts";
import { readSparseText } from "../../data/labels/sparse_text.ts";
import { DataFormatError } from "../../data/errors.ts";
import { bytesSource } from "../../data/files.ts";
import { ValidationError } from "../deps.ts";
import { type ReadTexts, wordsIn } from "./words.ts";

/** A value of a feature, whose digits can be read in one way: else a line of many that is none would be tried for ever. */
const VALUE = String.raw`[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?`;

/** A line of features where it might be a text: numbers with values, the first one at least. */
const FEATURES = new RegExp(String.raw`^\s*\d+:${VALUE}(\s+\d+(:${VALUE})?)*\s*$`);

/** A line that can be nothing else where a model knows no words: things that begin with digits, or nothing. */
const NUMBERS = /^\s*(\d\S*(\s+|$))*$/;

/** Lines that are most likely of another format, and what that is, where they are read as texts. */
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/^\s*\d+(,\d+)*\s+\d+:/, "labels and features"],
  [/^\s*\{.*\}\s*$/, "an object of JSON"],
  [/^\s*\d+:\S+(\s+\d+(:\S+)?)*\s*$/, "features"],
];

/** What errors of a reader call lines; their message has what is wrong behind it. */
const LINES = "the lines";

/** A line that cannot be answered: what is in it is not for the model. */
export class LineError extends ValidationError {}

/** A line as it was read, or why it could not be. */
export type AskedLine = string | DataFormatError;

/** What reads lines, and of what model. */
export interface LineReader {
  readonly preparation: RankingPreparation;
  /** Makes features of texts. */
  readonly read: ReadTexts;
}

/**
 * The features of lines, whatever each of them is: which lines come together changes nothing.
 *
 * @param first The number of the first line, from 0.
 * @throws {LineError} if the model has no words for texts, or a feature is none of its; names the line.
 */
export async function featuresOfLines(
  lines: readonly string[],
  { preparation, read }: LineReader,
  first: number,
): Promise<FeatureRows> {
  const known = wordsIn(preparation) !== undefined;
  const written = lines.map((line) => (known ? FEATURES : NUMBERS).test(line));
  const numbersWhere = (is: boolean) => [...lines.keys()].filter((i) => written[i] === is);
  const [texts, features] = [numbersWhere(false), numbersWhere(true)];
  const problem = (line: number, why: string, cause: unknown) =>
    new LineError(`Cannot read line ${first + line + 1}: ${why}`, { cause });
  const textRows = (): FeatureRows => {
    try {
      return read(texts.map((i) => lines[i]));
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw problem(texts[0], cause.message, cause);
    }
  };
  const featureRows = async (): Promise<FeatureRows> => {
    // A header says what numbers are below; rows that begin with a blank have no labels.
    const header = `${features.length} ${preparation.features} 1\n`;
    const text = header + features.map((i) => ` ${lines[i].trim()}\n`).join("");
    const source = bytesSource(new TextEncoder().encode(text), LINES);
    try {
      return (await readSparseText(source, { header: true })).features;
    } catch (cause) {
      if (!(cause instanceof DataFormatError)) throw cause;
      const { message, line = 2 } = cause;
      throw problem(features[line - 2], message.slice(message.indexOf(": ") + 2), cause);
    }
  };
  if (features.length === 0) return textRows();
  if (texts.length === 0) return await featureRows();
  const joined = joinedFeatures(await featureRows(), textRows(), texts.length);
  const places = new Uint32Array(lines.length);
  [...features, ...texts].forEach((line, row) => places[line] = row);
  return featuresAt(joined, places);
}

/**
 * What people are told of a line that is answered and most likely was not meant so; nothing of others.
 *
 * @param line.number From 1.
 * @param line.known How many features of it the model knows.
 */
export function oddityOf(
  { text, number, known }: {
    readonly text: string;
    readonly number: number;
    readonly known: number;
  },
  { preparation, inOrder }: Pick<LineReader, "preparation"> & { readonly inOrder: boolean },
): string | undefined {
  const words = wordsIn(preparation) !== undefined;
  const isText = words && (inOrder || !FEATURES.test(text));
  const [, format] = (isText ? OTHERS.find(([form]) => form.test(text)) : undefined) ?? [];
  if (format !== undefined) {
    const expected = inOrder ? "a text" : "a text, or features such as 3:0.5 8:1 and nothing else";
    return `line ${number} looks like ${format}, and is read as a text; expected ${expected}`;
  }
  if (known > 0) return undefined;
  const what = words ? "word" : "feature";
  return `line ${number} has no ${what} that the model knows: its answer says nothing of it`;
}

/**
 * The lines of a file, in gzip too.
 *
 * @throws {DataFormatError} if it is not in UTF-8; names the line.
 */
export async function linesOfFile(file: string): Promise<readonly string[]> {
  return [...await readTextLines(bytesSource(await Deno.readFile(file), file))];
}

/**
 * Lines of standard input, those that have come together; errors in the place of those that are not in UTF-8.
 *
 * @param read Puts what has come into an array, and tells how many bytes it is; `null` at the end.
 * @throws {DataFormatError} if all of it is in UTF-16, or a line is beyond any use.
 */
export async function* linesOfInput(
  read: (target: Uint8Array) => Promise<number | null> = (target) => Deno.stdin.read(target),
): AsyncGenerator<readonly AskedLine[]> {
  using lines = new ByteLines(
    { read: async (target) => await read(target) ?? 0, [Symbol.dispose]() {} },
    "standard input",
  );
  while (await lines.more()) {
    const some: AskedLine[] = [];
    while (lines.next()) some.push(textOf(lines));
    yield some;
  }
}

/** The text of the present line, or why it has none. */
function textOf(lines: ByteLines): AskedLine {
  try {
    return lines.text();
  } catch (error) {
    if (error instanceof DataFormatError) return error;
    throw error;
  }
}
