/**
 * Data with many labels out of a file or a folder, in whatever layout they come.
 *
 * @module
 */
import { type DataSource, fileSource, folderSource, hasDataFile, headOf } from "../files.ts";
import { readFilter } from "./filter.ts";
import { type LabelledTextRows, readJsonExamples, readJsonTexts } from "./json_lines.ts";
import { type Named, readLabelledLines, readNamedLabels, readTextLines } from "./named.ts";
import { readPecosFeatures, readPecosLabels } from "./pecos.ts";
import { type FeatureRows, type LabelRows, widened } from "./rows.ts";
import {
  readFeatureText,
  readLabelText,
  readSparseText,
  type SparseTextOptions,
} from "./sparse_text.ts";
import type { TextRows } from "./texts.ts";

/** A part of data with many labels: texts or features, and labels. */
export interface ManyLabelPart {
  /** Their texts, in layouts that have them. */
  readonly texts?: TextRows;
  /** Their features, in layouts that have them. */
  readonly features?: FeatureRows;
  /** Their labels. */
  readonly labels: LabelRows;
  /** Pairs that are not to be predicted. */
  readonly filter?: LabelRows;
}

/** Data with many labels. */
export interface ManyLabelSet {
  /** To train with. */
  readonly train: ManyLabelPart;
  /** To test with. */
  readonly test?: ManyLabelPart;
  /** What labels are called. */
  readonly labelTexts?: TextRows;
}

/** How data are read. */
export interface ManyLabelOptions extends SparseTextOptions {
  /** The file to test with, where what is read is a file. */
  readonly test?: string | URL;
  /** The layout of a folder that has files of several; by default the first of {@linkcode LAYOUTS} that it has. */
  readonly layout?: Layout;
}

/** A layout of a folder. */
export type Layout = "json" | "renee" | "names" | "sparse" | "pecos" | "one-file";

/** What reads a folder, and the file that it is known by. */
interface LayoutReader {
  readonly mark: readonly string[];
  readonly read: (folder: string | URL, options: SparseTextOptions) => Promise<ManyLabelSet>;
}

/** The layouts of folders, those with texts first. */
export const LAYOUTS: Readonly<Record<Layout, LayoutReader>> = {
  json: { mark: ["trn.json"], read: readJsonFolder },
  renee: { mark: ["trn_X.txt"], read: readReneeFolder },
  names: { mark: ["train_labels.txt"], read: readNamesFolder },
  sparse: { mark: ["trn_X_Xf.txt"], read: readSparseFolder },
  pecos: { mark: ["Y.trn.npz"], read: readPecosFolder },
  "one-file": { mark: ["train.txt"], read: readOneFileFolder },
};

/**
 * Reads data with many labels.
 *
 * A folder is read by the names of its files, a file by what it begins with: a brace is JSON lines, a tab in the first line a row of
 * labels and a text, anything else labels and features. Where files do not say how many labels or features there are, both parts
 * have as many as the larger one.
 *
 * @throws {Deno.errors.NotFound} if there is nothing that can be read.
 * @throws {DataFormatError} if a file is damaged; names its line.
 * @throws {RangeError} if files that belong together have other numbers of rows.
 * @example
 * ```ts
 * import { readManyLabels } from "@filigree/filigree/files";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${folder}/trn.json`, '{"title": "a cat", "target_ind": [1]}\n');
 * await Deno.writeTextFile(`${folder}/lbl.json`, '{"title": "dog"}\n{"title": "cat"}\n');
 * const { train, test, labelTexts } = await readManyLabels(folder);
 * console.assert(train.texts?.text(0) === "a cat" && train.labels.columns === 2);
 * console.assert(test === undefined && labelTexts?.text(1) === "cat");
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function readManyLabels(
  path: string | URL,
  { test, layout, ...options }: ManyLabelOptions = {},
): Promise<ManyLabelSet> {
  if ((await Deno.stat(path)).isFile) {
    const sources = [
      await fileSource(path),
      ...(test === undefined ? [] : [await fileSource(test)]),
    ];
    return await readFiles(sources, options);
  }
  if (test !== undefined) {
    throw new RangeError(
      `Cannot read "${path}": it is a folder, and there is a file to test with too; expected a file, or the folder alone`,
    );
  }
  for (const [name, { mark, read }] of Object.entries(LAYOUTS)) {
    if (layout !== undefined && layout !== name) continue;
    for (const file of mark) if (await hasDataFile(path, file)) return await read(path, options);
  }
  const marks = Object.values(LAYOUTS).flatMap(({ mark }) => mark);
  throw new Deno.errors.NotFound(
    `Cannot read the data set in "${path}": it has none of the files that tell a layout` +
      `${layout === undefined ? "" : ` "${layout}"`}; expected one of ${marks.join(", ")}`,
  );
}

async function readFiles(
  sources: readonly DataSource[],
  options: SparseTextOptions,
): Promise<ManyLabelSet> {
  const [train, test] = sources;
  const head = new TextDecoder().decode(await headOf(train, 1 << 16));
  if (head.startsWith("{")) {
    return together(await Promise.all(sources.map((source) => readJsonExamples(source))));
  }
  const [line] = head.split("\n", 1);
  // Labels and features may have tabs between them, but then there is a colon behind one.
  if (/\t/.test(line) && !/^\S*[ \t]+\d+(:\S+)?\s/.test(`${line} `)) {
    return namedSet(await readLabelledLines({ train, ...(test === undefined ? {} : { test }) }));
  }
  const parts: ManyLabelPart[] = [];
  for (const source of sources) parts.push(await readSparseText(source, options));
  return together(parts);
}

/** Parts with as many features and labels each. */
function together(parts: readonly ManyLabelPart[], labels = 0): ManyLabelSet {
  const most = (counts: readonly (number | undefined)[]) =>
    counts.reduce((most: number, count = 0) => Math.max(most, count), 0);
  const features = most(parts.map((part) => part.features?.columns));
  const columns = Math.max(labels, most(parts.map((part) => part.labels.columns)));
  const [train, test] = parts.map((part): ManyLabelPart => ({
    ...part,
    ...(part.features === undefined ? {} : { features: widened(part.features, features) }),
    labels: widened(part.labels, columns),
  }));
  return { train, ...(test === undefined ? {} : { test }) };
}

function namedSet({ train, test, names }: Named<LabelledTextRows>): ManyLabelSet {
  return { train, ...(test === undefined ? {} : { test }), labelTexts: names };
}

async function readJsonFolder(folder: string | URL): Promise<ManyLabelSet> {
  const hasTexts = await hasDataFile(folder, "lbl.json");
  const labelTexts = hasTexts
    ? await readJsonTexts(await folderSource(folder, "lbl.json"))
    : undefined;
  const parts = await eachPart(
    folder,
    ["trn.json", "tst.json"],
    async (source) => await readJsonExamples(source, labelTexts?.rows),
  );
  return await filtered(folder, {
    ...together(parts, labelTexts?.rows),
    ...(labelTexts === undefined ? {} : { labelTexts }),
  });
}

async function readReneeFolder(folder: string | URL): Promise<ManyLabelSet> {
  const parts = await eachPart(folder, ["trn_X_Y.txt", "tst_X_Y.txt"], async (source, part) => {
    const labels = await readLabelText(source);
    const texts = await readTextLines(await folderSource(folder, `${part}_X.txt`));
    requireRows(source.file, labels.rows, `texts`, texts.rows);
    return { texts, labels };
  });
  const labelTexts = await readTextLines(await folderSource(folder, "Y.txt"));
  requireRows("Y.txt", labelTexts.rows, "labels", parts[0].labels.columns);
  return await filtered(folder, { ...together(parts), labelTexts });
}

async function readNamesFolder(folder: string | URL): Promise<ManyLabelSet> {
  const hasTest = await hasDataFile(folder, "test_labels.txt");
  const { train, test, names } = await readNamedLabels({
    train: await folderSource(folder, "train_labels.txt"),
    ...(hasTest ? { test: await folderSource(folder, "test_labels.txt") } : {}),
  });
  const withTexts = async (labels: LabelRows, part: string): Promise<LabelledTextRows> => {
    const source = await folderSource(folder, `${part}_raw_texts.txt`, `${part}_texts.txt`);
    const texts = await readTextLines(source);
    requireRows(source.file, texts.rows, "rows of labels", labels.rows);
    return { texts, labels };
  };
  return namedSet({
    train: await withTexts(train, "train"),
    ...(test === undefined ? {} : { test: await withTexts(test, "test") }),
    names,
  });
}

async function readSparseFolder(folder: string | URL): Promise<ManyLabelSet> {
  const parts = await eachPart(folder, ["trn_X_Y.txt", "tst_X_Y.txt"], async (source, part) => {
    const labels = await readLabelText(source);
    const features = await readFeatureText(await folderSource(folder, `${part}_X_Xf.txt`));
    requireRows(source.file, labels.rows, "rows of features", features.rows);
    return { features, labels };
  });
  return await filtered(folder, together(parts));
}

async function readPecosFolder(folder: string | URL): Promise<ManyLabelSet> {
  const parts: ManyLabelPart[] = [];
  for (const part of ["trn", "tst"]) {
    if (!await hasDataFile(folder, `Y.${part}.npz`)) continue;
    const labels = await readPecosLabels(await folderSource(folder, `Y.${part}.npz`));
    const source = await folderSource(folder, `X.${part}.npz`);
    const features = await readPecosFeatures(source);
    requireRows(source.file, features.rows, "rows of labels", labels.rows);
    parts.push({ features, labels });
  }
  return together(parts);
}

async function readOneFileFolder(
  folder: string | URL,
  options: SparseTextOptions,
): Promise<ManyLabelSet> {
  const parts = await eachPart(
    folder,
    ["train.txt", "test.txt"],
    async (source) => await readSparseText(source, options),
  );
  return await filtered(folder, together(parts));
}

/** Reads a file to train with, and one to test with if there is one. */
async function eachPart(
  folder: string | URL,
  [train, test]: readonly [train: string, test: string],
  read: (source: DataSource, part: "trn" | "tst") => Promise<ManyLabelPart>,
): Promise<ManyLabelPart[]> {
  const parts = [await read(await folderSource(folder, train), "trn")];
  if (await hasDataFile(folder, test)) {
    parts.push(await read(await folderSource(folder, test), "tst"));
  }
  return parts;
}

/** Adds the filter files that a folder has. */
async function filtered(
  folder: string | URL,
  { train, test, ...others }: ManyLabelSet,
): Promise<ManyLabelSet> {
  const withFilter = async (
    part: ManyLabelPart,
    names: readonly string[],
  ): Promise<ManyLabelPart> => {
    for (const name of names) {
      if (!await hasDataFile(folder, name)) continue;
      return { ...part, filter: await readFilter(await folderSource(folder, name), part.labels) };
    }
    return part;
  };
  return {
    ...others,
    train: await withFilter(train, ["filter_labels_train.txt", "trn_filter_labels.txt"]),
    ...(test === undefined
      ? {}
      : { test: await withFilter(test, ["filter_labels_test.txt", "tst_filter_labels.txt"]) }),
  };
}

function requireRows(file: string, rows: number, what: string, expected: number): void {
  if (rows === expected) return;
  throw new RangeError(
    `Cannot read "${file}": it has ${rows} rows; expected ${expected}, as there are ${what}`,
  );
}
