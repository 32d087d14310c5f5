/**
 * Texts a line each, and labels that files call by names: the layouts of AttentionXML and of LibMultiLabel, and the texts of
 * Renee's.
 *
 * @module
 */
import type { DataSource } from "../files.ts";
import { RowBuilder } from "./growing.ts";
import type { LabelledTextRows } from "./json_lines.ts";
import { ByteLines } from "./lines.ts";
import type { LabelRows } from "./rows.ts";
import { skipBlanks, tokenEnd } from "./sparse_text.ts";
import { TextBuilder, TextRows } from "./texts.ts";

const TAB = 0x09;

/** A part to train with, and perhaps one to test with. */
export interface NamedFiles {
  /** To train with. */
  readonly train: DataSource;
  /** To test with. */
  readonly test?: DataSource;
}

/** Parts whose labels have names. */
export interface Named<Part> {
  /** To train with. */
  readonly train: Part;
  /** To test with. */
  readonly test?: Part;
  /** What the labels are called: those to train with by their code units, and then those that only the part to test with has. */
  readonly names: TextRows;
}

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
  { train, test }: NamedFiles,
  placesOf: (lines: ByteLines) => Places,
): Promise<Named<LabelledTextRows>> {
  const numbers = new Map<string, number>();
  const collect = async (source: DataSource): Promise<number> => {
    const found = new Set<string>();
    await eachName(source, placesOf, (name) => {
      if (!numbers.has(name)) found.add(name);
    });
    for (const name of [...found].sort()) numbers.set(name, numbers.size);
    return numbers.size;
  };
  const trained = await collect(train);
  const all = test === undefined ? trained : await collect(test);
  const numberOf = (name: string): number => numbers.get(name) ?? all;
  const partOf = async (source: DataSource, columns: number): Promise<LabelledTextRows> => {
    const labels = new RowBuilder(false), texts = new TextBuilder();
    await eachName(source, placesOf, (name) => labels.add(numberOf(name)), (lines, { text }) => {
      labels.end();
      if (text !== undefined) texts.add(lines.text(text));
    });
    return { labels: labels.takeLabels(columns), texts: texts.take() };
  };
  return {
    train: await partOf(train, trained),
    ...(test === undefined ? {} : { test: await partOf(test, all) }),
    names: TextRows.of(numbers.keys()),
  };
}

/** Calls back with each name, and then at the end of each line. */
async function eachName(
  source: DataSource,
  placesOf: (lines: ByteLines) => Places,
  name: (name: string) => void,
  end: (lines: ByteLines, places: Places) => void = () => {},
): Promise<void> {
  using lines = await ByteLines.open(source);
  const row = (): void => {
    const places = placesOf(lines);
    let at = places.begin;
    while ((at = skipBlanks(lines.bytes, at, places.end)) < places.end) {
      const stop = tokenEnd(lines.bytes, at, places.end);
      name(lines.text(at, stop));
      at = stop;
    }
    end(lines, places);
  };
  while (await lines.more()) while (lines.next()) row();
}
