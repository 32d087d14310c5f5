/**
 * Layouts of folders with many labels: which files they have, and what these are together.
 *
 * @module
 */
import { dataFile, type DataSource, fileSource, folderSource, hasDataFile } from "../files.ts";
import { readFilter } from "./filter.ts";
import { type LabelledTextRows, readJsonExamples, readJsonTexts } from "./json_lines.ts";
import { type LabelTableOptions, readLabelTable } from "./label_table.ts";
import { readNamedLabels, readTextLines } from "./named.ts";
import { type ManyLabelPart, type ManyLabelSet, namedSet, requireRows, together } from "./parts.ts";
import { readPecosFeatures, readPecosLabels } from "./pecos.ts";
import type { LabelRows } from "./rows.ts";
import {
  readFeatureText,
  readLabelText,
  readSparseText,
  type SparseTextOptions,
} from "./sparse_text.ts";

/** How files are read, each layout by what concerns it. */
export interface LayoutOptions extends SparseTextOptions {
  /** How tables are read. */
  readonly table?: LabelTableOptions;
  /** A file to test with, in the place of that of the folder, where a part is one file. */
  readonly test?: string | URL;
}

/** A layout of a folder. */
export type Layout = "json" | "renee" | "names" | "sparse" | "pecos" | "one-file" | "table";

/** The layouts in the order in which they are looked for: those with texts first. */
export const LAYOUT_NAMES: readonly Layout[] = [
  "json",
  "renee",
  "names",
  "sparse",
  "pecos",
  "one-file",
  "table",
];

/** What reads a folder, the files that it is known by, and the others. */
interface LayoutReader {
  readonly mark: readonly string[];
  readonly files: readonly string[];
  /** The labels to test with, and the files that nothing is read of without them. */
  readonly tested?: readonly [labels: string, ...others: string[]];
  /** Whether a part is one file, which another one may take the place of. */
  readonly whole?: true;
  readonly read: (folder: string | URL, options: LayoutOptions) => Promise<ManyLabelSet>;
}

const TRAIN_FILTERS = ["filter_labels_train.txt", "trn_filter_labels.txt"];
const TEST_FILTERS = ["filter_labels_test.txt", "tst_filter_labels.txt"];
const FILTERS = [...TRAIN_FILTERS, ...TEST_FILTERS];

/** Files of what labels are called, beside features. */
const LABEL_FILES = ["lbl.json", "Y.txt"];

/** What reads each layout. */
export const LAYOUTS: Readonly<Record<Layout, LayoutReader>> = {
  json: {
    mark: ["trn.json"],
    files: ["tst.json", "lbl.json", ...FILTERS],
    whole: true,
    read: readJsonFolder,
  },
  renee: {
    mark: ["trn_X.txt"],
    files: ["tst_X.txt", "Y.txt", "trn_X_Y.txt", "tst_X_Y.txt", ...FILTERS],
    tested: ["tst_X_Y.txt", "tst_X.txt"],
    read: readReneeFolder,
  },
  names: {
    mark: ["train_labels.txt"],
    files: [
      "train_raw_texts.txt",
      "train_texts.txt",
      "test_labels.txt",
      "test_raw_texts.txt",
      "test_texts.txt",
    ],
    tested: ["test_labels.txt", "test_raw_texts.txt", "test_texts.txt"],
    read: readNamesFolder,
  },
  sparse: {
    mark: ["trn_X_Xf.txt"],
    files: [
      "tst_X_Xf.txt",
      "lbl_X_Xf.txt",
      "trn_X_Y.txt",
      "tst_X_Y.txt",
      ...LABEL_FILES,
      ...FILTERS,
    ],
    tested: ["tst_X_Y.txt", "tst_X_Xf.txt"],
    read: readSparseFolder,
  },
  pecos: {
    mark: ["Y.trn.npz"],
    files: ["X.trn.npz", "Y.tst.npz", "X.tst.npz"],
    tested: ["Y.tst.npz", "X.tst.npz"],
    read: readPecosFolder,
  },
  "one-file": {
    mark: ["train.txt"],
    files: ["test.txt", ...LABEL_FILES, ...FILTERS],
    whole: true,
    read: readOneFileFolder,
  },
  table: {
    mark: ["train.csv", "train.tsv"],
    files: ["test.csv", "test.tsv", ...FILTERS],
    whole: true,
    read: readTableFolder,
  },
};

/** The files of a layout that a folder has. */
export async function filesOf(folder: string | URL, layout: Layout): Promise<(string | URL)[]> {
  const found: (string | URL)[] = [];
  for (const name of [...LAYOUTS[layout].mark, ...LAYOUTS[layout].files]) {
    const path = await dataFile(folder, name);
    if (path !== undefined) found.push(path);
  }
  return found;
}

/**
 * Refuses a part to test with that has no labels: otherwise others would be set aside in silence.
 *
 * @throws {RangeError} if a folder has one.
 */
export async function requireTested(folder: string | URL, layout: Layout): Promise<void> {
  const [labels, ...others] = LAYOUTS[layout].tested ?? [];
  if (labels === undefined || await hasDataFile(folder, labels)) return;
  for (const name of others) {
    if (!await hasDataFile(folder, name)) continue;
    throw new RangeError(
      `Cannot read the data set in "${folder}": it has "${name}", but no "${labels}"; expected both, or neither`,
    );
  }
}

async function readJsonFolder(
  folder: string | URL,
  { test }: LayoutOptions,
): Promise<ManyLabelSet> {
  const hasTexts = await hasDataFile(folder, "lbl.json");
  const labelTexts = hasTexts
    ? await readJsonTexts(await folderSource(folder, "lbl.json"))
    : undefined;
  const parts = await eachPart(
    folder,
    ["trn.json", "tst.json"],
    async (source) => await readJsonExamples(source, labelTexts?.rows),
    test,
  );
  const set = {
    ...together(parts, labelTexts?.rows),
    ...(labelTexts === undefined ? {} : { labelTexts }),
  };
  return await filtered(folder, set, test);
}

async function readReneeFolder(folder: string | URL): Promise<ManyLabelSet> {
  const parts = await eachPart(folder, ["trn_X_Y.txt", "tst_X_Y.txt"], async (source, part) => {
    const labels = await readLabelText(source);
    const texts = await readTextLines(await folderSource(folder, `${part}_X.txt`));
    requireRows(source.file, labels.rows, `texts`, texts.rows);
    return { texts, labels };
  });
  const names = await folderSource(folder, "Y.txt");
  const labelTexts = await readTextLines(names);
  requireRows(names.file, labelTexts.rows, "labels", parts[0].labels.columns);
  requireNamed(parts, "tst_X_Y.txt", { file: names.file, rows: labelTexts.rows });
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
  const set = await withLabels(folder, parts, "tst_X_Y.txt");
  if (!await hasDataFile(folder, "lbl_X_Xf.txt")) return await filtered(folder, set);
  const source = await folderSource(folder, "lbl_X_Xf.txt");
  const labelFeatures = await readFeatureText(source);
  requireRows(source.file, labelFeatures.rows, "labels", set.train.labels.columns);
  return await filtered(folder, { ...set, labelFeatures });
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
  options: LayoutOptions,
): Promise<ManyLabelSet> {
  const parts = await eachPart(
    folder,
    ["train.txt", "test.txt"],
    async (source) => await readSparseText(source, options),
    options.test,
  );
  const set = await withLabels(folder, parts, options.test ?? "test.txt");
  return await filtered(folder, set, options.test);
}

/**
 * Parts of features, and what their labels are called where a file says it.
 *
 * @param tested The file that the second part is of.
 */
async function withLabels(
  folder: string | URL,
  parts: readonly ManyLabelPart[],
  tested: string | URL,
): Promise<ManyLabelSet> {
  for (const name of LABEL_FILES) {
    if (!await hasDataFile(folder, name)) continue;
    const source = await folderSource(folder, name);
    const labelTexts = await (name === "lbl.json" ? readJsonTexts(source) : readTextLines(source));
    const { rows } = labelTexts;
    requireRows(source.file, rows, "labels", Math.max(rows, parts[0].labels.columns));
    requireNamed(parts, tested, { file: source.file, rows });
    return { ...together(parts, rows), labelTexts };
  }
  return together(parts);
}

/** @throws {RangeError} if the part to test with has more labels than a file has names of. */
function requireNamed(
  [, test]: readonly ManyLabelPart[],
  tested: string | URL,
  { file, rows }: { readonly file: string; readonly rows: number },
): void {
  if (test === undefined || test.labels.columns <= rows) return;
  throw new RangeError(
    `Cannot read "${tested}": it has ${test.labels.columns} labels; expected at most ${rows}, those that "${file}" names`,
  );
}

async function readTableFolder(
  folder: string | URL,
  { table, test }: LayoutOptions,
): Promise<ManyLabelSet> {
  const tested = await testSource(folder, ["test.csv", "test.tsv"], test);
  const files = {
    train: await folderSource(folder, "train.csv", "train.tsv"),
    ...(tested === undefined ? {} : { test: tested }),
  };
  return await filtered(folder, namedSet(await readLabelTable(files, table)), test);
}

/** What is tested with: another file, or the one of the folder if it has one. */
async function testSource(
  folder: string | URL,
  names: readonly string[],
  other: string | URL | undefined,
): Promise<DataSource | undefined> {
  if (other !== undefined) return await fileSource(other);
  for (const name of names) if (await hasDataFile(folder, name)) return folderSource(folder, name);
  return undefined;
}

/**
 * Reads a file to train with, and one to test with if there is one.
 *
 * @param other What is tested with in the place of the second.
 */
async function eachPart(
  folder: string | URL,
  [train, test]: readonly [train: string, test: string],
  read: (source: DataSource, part: "trn" | "tst") => Promise<ManyLabelPart>,
  other?: string | URL,
): Promise<ManyLabelPart[]> {
  const parts = [await read(await folderSource(folder, train), "trn")];
  const tested = await testSource(folder, [test], other);
  if (tested !== undefined) parts.push(await read(tested, "tst"));
  return parts;
}

/**
 * Adds the filter files that a folder has.
 *
 * @param other What is tested with if that is not of the folder, which then has no filter of it.
 */
async function filtered(
  folder: string | URL,
  { train, test, ...others }: ManyLabelSet,
  other?: string | URL,
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
    train: await withFilter(train, TRAIN_FILTERS),
    ...(test === undefined
      ? {}
      : { test: other === undefined ? await withFilter(test, TEST_FILTERS) : test }),
  };
}
