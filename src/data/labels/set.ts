/**
 * Data with many labels out of a file or a folder, in whatever layout they come.
 *
 * @module
 */
import { fileSource, hasDataFile, headOf } from "../files.ts";
import { cachedSet } from "./cache.ts";
import { readJsonExamples } from "./json_lines.ts";
import { withLabelRows } from "./label_rows.ts";
import { readLabelTable } from "./label_table.ts";
import {
  filesOf,
  type Layout,
  LAYOUT_NAMES,
  type LayoutOptions,
  LAYOUTS,
  requireTested,
} from "./layouts.ts";
import { readLabelledLines } from "./named.ts";
import type { NamedFiles } from "./names.ts";
import { type ManyLabelPart, type ManyLabelSet, namedSet, together } from "./parts.ts";
import { readSparseText } from "./sparse_text.ts";
import { splitManyLabels } from "./split.ts";

/** How data are read. */
export interface ManyLabelOptions extends LayoutOptions {
  /**
   * The file to test with: beside a file, or in the place of the one that a folder has, where each part is one file (`json`,
   * `one-file`, `table`). The filter of the folder, which is of the rows there, is left out then.
   */
  readonly test?: string | URL;
  /**
   * The layout of a folder that has files of several; by default the first of {@linkcode LAYOUTS} that it has. A file is read as a
   * table if it is `"table"`.
   */
  readonly layout?: Layout;
  /** The share of the rows to train with that is set aside to test with, by what is in them, where there are none; none by default. */
  readonly testShare?: number;
  /** Decides which rows are set aside; 0 by default. */
  readonly seed?: number;
  /**
   * Whether the text of each label, or its features, is one more row to train with, which has that label
   * ({@linkcode withLabelRows}); false by default. Such rows are never set aside.
   */
  readonly labelText?: boolean;
  /**
   * A folder in which what is read is kept for the next time, or `true` for ours in the user's cache folder; nothing is kept by
   * default. What is kept is found by what is in the files.
   */
  readonly cache?: string | URL | true;
  /** Told why nothing is kept; by default it goes to the console. */
  readonly warn?: (message: string) => void;
}

/**
 * Reads data with many labels.
 *
 * A folder is read by the names of its files, a file by its own (`.csv` is a table) or by what it begins with: a brace is JSON lines,
 * a tab in the first line a row of labels and a text, anything else labels and features. Where files do not say how many labels or features there are, both parts
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
  options: ManyLabelOptions = {},
): Promise<ManyLabelSet> {
  const { cache, labelText = false, testShare: share, seed = 0 } = options;
  const { warn = (message) => console.warn(message) } = options;
  const { files, how, read } = await sourcesOf(path, options);
  let set = cache === undefined
    ? await read()
    : await cachedSet({ folder: cache, files, how, warn }, read);
  if (share !== undefined && set.test === undefined) set = splitManyLabels(set, { share, seed });
  return labelText ? withLabelRows(set) : set;
}

/** What is read, how, and what reads it. */
interface Sources {
  readonly files: readonly (string | URL)[];
  readonly how: unknown;
  readonly read: () => Promise<ManyLabelSet>;
}

async function sourcesOf(
  path: string | URL,
  { test, layout, header, first, table }: ManyLabelOptions,
): Promise<Sources> {
  const options: LayoutOptions = {
    ...(header === undefined ? {} : { header }),
    ...(first === undefined ? {} : { first }),
    ...(table === undefined ? {} : { table }),
  };
  if ((await Deno.stat(path)).isFile) {
    const isTable = layout === "table" || table !== undefined ||
      /\.csv(\.gz)?$/i.test(path.toString());
    return {
      files: [path, ...(test === undefined ? [] : [test])],
      how: { isTable, options },
      read: async () => {
        const files = {
          train: await fileSource(path),
          ...(test === undefined ? {} : { test: await fileSource(test) }),
        };
        if (isTable) return namedSet(await readLabelTable(files, table));
        return await readFiles(files, options);
      },
    };
  }
  const found = await layoutOf(path, layout);
  await requireTested(path, found);
  if (test !== undefined && LAYOUTS[found].whole === undefined) {
    throw new RangeError(
      `Cannot read "${path}" with "${test}" to test with: a part is several files in the layout "${found}"; expected the folder alone`,
    );
  }
  return {
    files: [...await filesOf(path, found), ...(test === undefined ? [] : [test])],
    how: { layout: found, options, isTested: test !== undefined },
    read: () => LAYOUTS[found].read(path, { ...options, ...(test === undefined ? {} : { test }) }),
  };
}

/** The layout of a folder: the one that is wanted, or the first whose mark it has. */
async function layoutOf(folder: string | URL, wanted: Layout | undefined): Promise<Layout> {
  const layouts = wanted === undefined ? LAYOUT_NAMES : [wanted];
  for (const layout of layouts) {
    for (const file of LAYOUTS[layout].mark) if (await hasDataFile(folder, file)) return layout;
  }
  const marks = LAYOUT_NAMES.flatMap((layout) => LAYOUTS[layout].mark);
  throw new Deno.errors.NotFound(
    `Cannot read the data set in "${folder}": it has none of the files that tell a layout` +
      `${wanted === undefined ? "" : ` "${wanted}"`}; expected one of ${marks.join(", ")}`,
  );
}

async function readFiles(
  { train, test }: NamedFiles,
  options: LayoutOptions,
): Promise<ManyLabelSet> {
  const sources = [train, ...(test === undefined ? [] : [test])];
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
