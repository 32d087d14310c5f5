/**
 * Texts a line each, and labels that files call by names: the layouts of AttentionXML and of LibMultiLabel, and the texts of
 * Renee's.
 *
 * @module
 */
import type { DataSource } from "../files.ts";
import type { LabelledTextRows } from "./json_lines.ts";
import { ByteLines } from "./lines.ts";
import { type Named, type NamedFiles, type NamedRows, readNamedParts } from "./names.ts";
import type { LabelRows } from "./rows.ts";
import { skipBlanks, tokenEnd } from "./sparse_text.ts";
import { TextBuilder, type TextRows } from "./texts.ts";

const TAB = 0x09;

/**
 * Reads texts, a line each; an empty line is an empty text.
 *
 * @throws {DataFormatError} if a line is no UTF-8.
 * @example
 * ```ts
 * import { bytesSource, readTextLines } from "@filigree/filigree/files";
 *
 * const texts = await readTextLines(bytesSource(new TextEncoder().encode("a cat\n\na dog"), "trn_X.txt"));
 * console.assert(texts.rows === 3 && texts.text(1) === "" && texts.text(2) === "a dog");
 * ```
 */
export async function readTextLines(source: DataSource): Promise<TextRows> {
  const texts = new TextBuilder();
  using lines = await ByteLines.open(source);
  while (await lines.more()) while (lines.next()) texts.add(lines.text());
  return texts.take();
}

/**
 * Reads labels by their names, with blanks between them, a row a line; an empty line is a row without labels.
 *
 * Labels are numbered in the order of the code units of their names, whatever the order of the rows. Those that only the part to
 * test with has come behind them: they count in what is measured, and nothing that is trained gives them.
 *
 * @throws {DataFormatError} if a line is no UTF-8.
 * @example
 * ```ts
 * import { bytesSource, readNamedLabels } from "@filigree/filigree/files";
 *
 * const source = (text: string) => bytesSource(new TextEncoder().encode(text), "labels.txt");
 * const { train, test, names } = await readNamedLabels({ train: source("b a\nc\n"), test: source("B c\n") });
 * console.assert([...names].join() === "a,b,c,B" && train.columns === 3 && test?.columns === 4);
 * console.assert(train.labels.join() === "0,1,2" && test?.labels.join() === "2,3");
 * ```
 */
export async function readNamedLabels(files: NamedFiles): Promise<Named<LabelRows>> {
  const { train, test, names } = await readNamed(files, ({ begin, end }) => ({ begin, end }));
  return {
    ...{ train: train.labels, names },
    ...(test === undefined ? {} : { test: test.labels }),
  };
}

/**
 * Reads a row a line: the names of its labels with blanks between them, a tab, and the text. Something else and a tab may stand
 * before it. Labels are numbered as by {@linkcode readNamedLabels}.
 *
 * @throws {DataFormatError} if a line has no tab, or is no UTF-8.
 * @example
 * ```ts
 * import { bytesSource, readLabelledLines } from "@filigree/filigree/files";
 *
 * const source = bytesSource(new TextEncoder().encode("pet cat\ta cat\npet\ta dog\n"), "train.txt");
 * const { train, names } = await readLabelledLines({ train: source });
 * console.assert([...names].join() === "cat,pet" && train.labels.labels.join() === "0,1,1");
 * console.assert(train.texts.text(1) === "a dog");
 * ```
 */
export async function readLabelledLines(files: NamedFiles): Promise<Named<LabelledTextRows>> {
  return await readNamed(files, (lines) => {
    const { bytes, begin, end } = lines;
    const tab = bytes.subarray(begin, end).lastIndexOf(TAB);
    if (tab < 0) {
      throw lines.fault("the line has no tab; expected labels, a tab and a text");
    }
    const before = bytes.subarray(begin, begin + tab).lastIndexOf(TAB);
    return { begin: begin + before + 1, end: begin + tab, text: begin + tab + 1 };
  });
}

/** Where the labels of a line are, and where its text begins. */
interface Places {
  readonly begin: number;
  readonly end: number;
  readonly text?: number;
}

async function readNamed(
  files: NamedFiles,
  placesOf: (lines: ByteLines) => Places,
): Promise<Named<LabelledTextRows>> {
  return await readNamedParts(files, async (source, rows) => {
    using lines = await ByteLines.open(source);
    while (await lines.more()) while (lines.next()) addRow(lines, placesOf(lines), rows);
  });
}

function addRow(lines: ByteLines, { begin, end, text }: Places, rows: NamedRows): void {
  let at = begin;
  while ((at = skipBlanks(lines.bytes, at, end)) < end) {
    const stop = tokenEnd(lines.bytes, at, end);
    rows.label(lines.text(at, stop));
    at = stop;
  }
  rows.end(text === undefined ? undefined : lines.text(text));
}
