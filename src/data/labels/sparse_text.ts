/**
 * Rows in the text formats of the extreme classification repository: one file with labels and features, or one file for each of
 * the two.
 *
 * @module
 */
import { decimalOf } from "../decimal.ts";
import type { DataSource } from "../files.ts";
import { LONGEST_ROW, RowBuilder } from "./growing.ts";
import { ByteLines } from "./lines.ts";
import type { FeatureRows, LabelRows } from "./rows.ts";

const TAB = 0x09, SPACE = 0x20, COMMA = 0x2c, ZERO = 0x30, COLON = 0x3a;

/** Most columns: numbers of them are u32. */
const MOST_COLUMNS = 2 ** 32 - 1;

/** How a file of labels and features is read. */
export interface SparseTextOptions {
  /**
   * Whether the first line says how many rows, features and labels there are. By default it does if it is three whole numbers
   * and nothing else.
   */
  readonly header?: boolean;
  /** The number of the first feature: 0, or 1 as in files of LIBSVM. 0 by default. */
  readonly first?: 0 | 1;
}

/** Examples with features and labels. */
export interface LabelledRows {
  /** Their features. */
  readonly features: FeatureRows;
  /** Their labels. */
  readonly labels: LabelRows;
}

/**
 * Reads a file with a row a line, labels and then features: `3,17 0:0.5 4:1.25`.
 *
 * A row without labels begins with a space, or with a feature that has a value; one without anything is an empty line. A feature
 * without a value has 1; one that comes twice has the sum. Features and labels may be in any order; a label that comes twice is
 * one. Without a header there are as many features and labels as the highest number says.
 *
 * @throws {DataFormatError} if a line is no row, a number is not below what the header says, or the number of rows is another.
 * @example
 * ```ts
 * import { bytesSource, readSparseText } from "@filigree/filigree/files";
 *
 * const text = "2 5 20\n3,17 0:0.5 4:1.25\n 2:1\n";
 * const source = bytesSource(new TextEncoder().encode(text), "train.txt");
 * const { features, labels } = await readSparseText(source);
 * console.assert(labels.labels.join() === "3,17" && labels.offsets.join() === "0,2,2");
 * console.assert(features.indices.join() === "0,4,2" && features.columns === 5);
 * ```
 */
export async function readSparseText(
  source: DataSource,
  { header, first = 0 }: SparseTextOptions = {},
): Promise<LabelledRows> {
  using lines = await ByteLines.open(source);
  const features = new RowBuilder(true), labels = new RowBuilder(false);
  let sizes: readonly number[] | undefined;
  const rowOf = (): void => {
    if (lines.line === 1 && header !== false) {
      sizes = headerOf(lines, 3);
      if (sizes !== undefined) return;
      if (header === true) throw noHeader(lines, "rows, features and labels");
    }
    if (isBehind(lines, features, sizes)) return;
    const at = labelsOf(lines, labels, sizes?.[2] ?? MOST_COLUMNS);
    const columns = sizes?.[1] ?? MOST_COLUMNS;
    pairsOf(lines, at, { builder: features, columns, first, what: "feature" });
    labels.end();
    features.end();
  };
  while (await lines.more()) while (lines.next()) rowOf();
  requireRows(lines, features, sizes);
  return {
    features: features.takeFeatures(sizes?.[1] ?? features.columns),
    labels: labels.takeLabels(sizes?.[2] ?? labels.columns),
  };
}

/**
 * Reads a file of features alone: `rows columns` first, then a row a line, `0:0.5 4:1.25`, read as by
 * {@linkcode readSparseText}.
 *
 * @throws {DataFormatError} as {@linkcode readSparseText} does, and without a header.
 * @example
 * ```ts
 * import { bytesSource, readFeatureText } from "@filigree/filigree/files";
 *
 * const source = bytesSource(new TextEncoder().encode("1 5\n0:0.5 4:1.25\n"), "trn_X_Xf.txt");
 * const { indices, values } = await readFeatureText(source);
 * console.assert(indices.join() === "0,4" && values.join() === "0.5,1.25");
 * ```
 */
export async function readFeatureText(source: DataSource): Promise<FeatureRows> {
  const builder = new RowBuilder(true);
  const columns = await readMatrix(source, builder, "feature");
  return builder.takeFeatures(columns);
}

/**
 * Reads a file of labels alone, in the form of {@linkcode readFeatureText}: `3:1 17:1`. A label with the value 0 does not apply;
 * one with any other value, or none, does.
 *
 * @throws {DataFormatError} as {@linkcode readFeatureText} does.
 * @example
 * ```ts
 * import { bytesSource, readLabelText } from "@filigree/filigree/files";
 *
 * const source = bytesSource(new TextEncoder().encode("2 20\n3:1 17:1\n\n"), "trn_X_Y.txt");
 * const { labels, offsets } = await readLabelText(source);
 * console.assert(labels.join() === "3,17" && offsets.join() === "0,2,2");
 * ```
 */
export async function readLabelText(source: DataSource): Promise<LabelRows> {
  const builder = new RowBuilder(false);
  const columns = await readMatrix(source, builder, "label");
  return builder.takeLabels(columns);
}

async function readMatrix(
  source: DataSource,
  builder: RowBuilder,
  what: "feature" | "label",
): Promise<number> {
  using lines = await ByteLines.open(source);
  let sizes: readonly number[] | undefined;
  while (await lines.more()) {
    while (lines.next()) {
      if (lines.line === 1) {
        sizes = headerOf(lines, 2);
        if (sizes === undefined) throw noHeader(lines, "rows and columns");
      } else if (!isBehind(lines, builder, sizes)) {
        pairsOf(lines, lines.begin, { builder, columns: sizes?.[1] ?? 0, what });
        builder.end();
      }
    }
  }
  requireRows(lines, builder, sizes);
  return sizes?.[1] ?? 0;
}

/** The whole numbers of the present line, if it is so many of them; else undefined. */
export function headerOf(lines: ByteLines, count: number): readonly number[] | undefined {
  const { bytes, begin, end } = lines;
  const numbers: number[] = [];
  let at = begin;
  while ((at = skipBlanks(bytes, at, end)) < end) {
    const stop = tokenEnd(bytes, at, end);
    const value = wholeOf(bytes, at, stop);
    if (!(value <= MOST_COLUMNS) || numbers.length === count) return undefined;
    numbers.push(value);
    at = stop;
  }
  return numbers.length === count ? numbers : undefined;
}

/** Whether a line is an empty one behind the last row that the header counts. */
function isBehind(
  lines: ByteLines,
  builder: RowBuilder,
  sizes: readonly number[] | undefined,
): boolean {
  if (sizes === undefined || builder.rows < sizes[0]) return false;
  if (skipBlanks(lines.bytes, lines.begin, lines.end) === lines.end) return true;
  throw lines.fault(`there are more rows than ${sizes[0]}; expected as many as the header says`);
}

/** Reads the labels that a row begins with; gives the byte behind them. */
function labelsOf(lines: ByteLines, builder: RowBuilder, columns: number): number {
  const { bytes, begin, end } = lines;
  const stop = tokenEnd(bytes, begin, end);
  if (stop === begin || firstOf(bytes, COLON, begin, stop) < stop) return begin;
  for (let at = begin; at <= stop; at++) {
    const behind = firstOf(bytes, COMMA, at, stop);
    const label = wholeOf(bytes, at, behind);
    if (!(label < columns) || builder.isFull) {
      throw noRoom(lines, builder, lines.text(at, behind), { columns, what: "label" });
    }
    builder.add(label);
    at = behind;
  }
  return stop;
}

/** What pairs of a number and a value are put into. */
interface PairOptions {
  readonly builder: RowBuilder;
  readonly columns: number;
  readonly first?: number;
  readonly what: "feature" | "label";
}

/** Reads pairs of a number and a value to the end of the line. */
function pairsOf(
  lines: ByteLines,
  begin: number,
  { builder, columns, first = 0, what }: PairOptions,
): void {
  const { bytes, end } = lines;
  let at = begin;
  while ((at = skipBlanks(bytes, at, end)) < end) {
    let index = 0, colon = at;
    for (; colon < end && bytes[colon] >= ZERO && bytes[colon] < COLON; colon++) {
      index = 10 * index + bytes[colon] - ZERO;
    }
    const stop = tokenEnd(bytes, colon, end);
    const hasValue = colon < stop && bytes[colon] === COLON;
    const value = hasValue ? Math.fround(decimalOf(bytes, colon + 1, stop)) : 1;
    if (colon === at || (colon < stop && !hasValue)) index = NaN;
    if (!(index >= first && index - first < columns) || builder.isFull) {
      throw noRoom(lines, builder, lines.text(at, stop), { columns, first, what });
    }
    if (!Number.isFinite(value)) {
      throw lines.fault(
        `the value of ${what} ${index} is "${lines.text(colon + 1, stop)}"; ` +
          "expected a finite number in the range of f32",
      );
    }
    if (what === "feature" || value !== 0) builder.add(index - first, value);
    at = stop;
  }
}

/** The error of a number that is none of the columns, or one too many. */
function noRoom(
  lines: ByteLines,
  builder: RowBuilder,
  text: string,
  { columns, first = 0, what }: Pick<PairOptions, "columns" | "first" | "what">,
): Error {
  if (builder.isFull) {
    return lines.fault(
      `there is no room for another ${what}; expected at most ${LONGEST_ROW} in a row and 2^32 - 1 in all`,
    );
  }
  return lines.fault(
    `a ${what} is "${text}"; expected a whole number from ${first}` +
      (columns === MOST_COLUMNS ? "" : `, below ${columns + first}`) +
      (what === "feature" ? ", with a colon and a value or alone" : ""),
  );
}

/** The whole number that bytes are; NaN if they are none. */
export function wholeOf(bytes: Uint8Array, begin: number, end: number): number {
  if (begin === end) return NaN;
  let value = 0;
  for (let at = begin; at < end; at++) {
    const digit = bytes[at] - ZERO;
    if (digit < 0 || digit > 9) return NaN;
    value = 10 * value + digit;
  }
  return value;
}

/** The first byte from one on that is no blank. */
export function skipBlanks(bytes: Uint8Array, begin: number, end: number): number {
  let at = begin;
  while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
  return at;
}

/** The first of some byte from one on, or the end: `indexOf` would go on through all lines behind that have none. */
function firstOf(bytes: Uint8Array, byte: number, begin: number, end: number): number {
  let at = begin;
  while (at < end && bytes[at] !== byte) at++;
  return at;
}

/** The first blank from a byte on, or the end. */
export function tokenEnd(bytes: Uint8Array, begin: number, end: number): number {
  let at = begin;
  while (at < end && bytes[at] !== SPACE && bytes[at] !== TAB) at++;
  return at;
}

function noHeader(lines: ByteLines, what: string): Error {
  return lines.fault(
    `the first line is no header; expected the numbers of ${what}, with spaces between them`,
  );
}

function requireRows(
  lines: ByteLines,
  builder: RowBuilder,
  sizes: readonly number[] | undefined,
): void {
  if (lines.line === 0) throw lines.fault("the file is empty; expected a row a line");
  if (sizes === undefined || builder.rows === sizes[0]) return;
  throw lines.fault(
    `the file ends after ${builder.rows} rows; expected ${sizes[0]}, as the header says`,
  );
}
