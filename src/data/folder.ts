/**
 * Data of one's own: which files a folder has tells what they are.
 *
 * @module
 */
import {
  type ArrayHead,
  classDataset,
  type FileArray,
  readArray,
  targetDataset,
} from "./arrays.ts";
import { type CifarOptions, cifarSetIn, loadCifarFolder } from "./cifar.ts";
import { type Dataset, type SplitDataset, standardizationOf } from "./dataset.ts";
import { missingFile } from "../runtime/files.ts";
import {
  type DataPlace,
  type DataSource,
  type FilesInMemory,
  fileSource,
  folderSource,
  hasDataFile,
  headOf,
  isInMemory,
  nameOfPlace,
} from "./files.ts";
import { idxHead, isIdx, loadIdxFolder } from "./idx.ts";
import { isNpy, npyHead } from "./npy.ts";
import { preparationOf, prepareLike } from "./preparation.ts";
import type { TableOptions } from "./columns.ts";
import { readTable } from "./table.ts";

/** What features become on their way to the device. */
export type Normalize = "none" | "all" | "channel" | "feature";

/** Options of {@linkcode loadData}. */
export interface DataOptions extends TableOptions, CifarOptions {
  /**
   * Mean 0 and deviation 1, as the training examples have them: of `all` features together, of each `channel` of pictures, of
   * each `feature`, or of `none`. By default of each feature of a table, of each channel of CIFAR, else of none.
   */
  readonly normalize?: Normalize;
}

/** What lies in a folder. */
export type DataKind = "CIFAR-10" | "CIFAR-100" | "IDX" | "arrays" | "tables";

/** Files of arrays: parts, what is to be learnt, and how names end. */
const PARTS = ["train", "test"] as const;
const ENDINGS = ["npy", "idx"] as const;

/**
 * Reads a data set: a table (a `.csv` file), or a folder with
 *
 * - `train.csv` and, if there is one, `test.csv`: see {@linkcode readTable};
 * - `train-features.npy` and `train-labels.npy` (class numbers) or `train-targets.npy` (numbers), and the same with `test`,
 *   if there are such; `.idx` in the place of `.npy` for IDX files;
 * - the four IDX files of MNIST: see {@linkcode loadIdxFolder};
 * - the binary files of CIFAR: see {@linkcode loadCifarFolder}.
 *
 * Each file is plain or, with `.gz` behind its name, in gzip.
 *
 * @param path A path, a `file:` URL, or files in memory by their names: those of such a folder, or one table.
 * @throws {Deno.errors.NotFound} if there is no such file or folder, or it lacks a file.
 * @throws {DataFormatError} if a file is damaged or the files do not fit each other.
 * @throws {RangeError} if the folder holds several of these, or an option does not fit what there is.
 * @example
 * ```ts
 * import { loadData } from "@filigree/filigree/files";
 *
 * const path = await Deno.makeTempFile({ suffix: ".csv" });
 * await Deno.writeTextFile(path, "width,height,kind\n1.5,2,ant\n0.5,1,bee\n1,3,ant\n");
 * const { train } = await loadData(path);
 * console.assert(train.examples === 3 && train.inputs === 2);
 * console.assert("labels" in train && train.classNames?.join() === "ant,bee");
 * await Deno.remove(path);
 * ```
 */
export async function loadData(
  path: DataPlace,
  options: DataOptions = {},
): Promise<SplitDataset> {
  const kind = await dataKindOf(path);
  requireFitting(path, kind, { ...options });
  switch (kind) {
    case "table":
      return normalized(
        { train: await readTable(await tableAt(path), options) },
        "feature",
        options,
      );
    case "tables":
      return normalized(await loadTables(path, options), "feature", options);
    case "arrays":
      return normalized(await loadArrays(path, options), "none", options);
    case "IDX":
      return normalized(await loadIdxFolder(path), "none", options);
    case "CIFAR-10":
    case "CIFAR-100":
      return normalized(await loadCifarFolder(path, options), "channel", options);
  }
}

/**
 * What a path names: a table, or a folder of some kind.
 *
 * @throws {Deno.errors.NotFound} if there is nothing, or a folder without such files.
 * @throws {RangeError} if a folder holds files of several kinds.
 */
export async function dataKindOf(path: DataPlace): Promise<DataKind | "table"> {
  if (isInMemory(path) ? tablesIn(path).length === 1 : (await Deno.stat(path)).isFile) {
    return "table";
  }
  const kinds: DataKind[] = [];
  const cifar = await cifarSetIn(path);
  if (cifar !== undefined) kinds.push(cifar);
  if (await hasDataFile(path, "train-images-idx3-ubyte")) kinds.push("IDX");
  if (await hasDataFile(path, "train.csv")) kinds.push("tables");
  for (const ending of ENDINGS) {
    if (await hasDataFile(path, `train-features.${ending}`)) kinds.push("arrays");
  }
  if (kinds.length === 1) return kinds[0];
  if (kinds.length > 1) {
    throw new RangeError(
      `Cannot read the data set in "${nameOfPlace(path)}": it has files of ${
        kinds.join(" and of ")
      }; ` +
        "expected those of one kind",
    );
  }
  throw missingFile(
    `Cannot read the data set in "${
      nameOfPlace(path)
    }": there is no train.csv, train-features.npy, ` +
      "train-features.idx, train-images-idx3-ubyte (of MNIST), or file of CIFAR; expected one",
  );
}

/** The tables in memory that are not part of a data set. */
function tablesIn(files: FilesInMemory): string[] {
  return Object.keys(files).filter((name) =>
    /\.csv(\.gz)?$/i.test(name) && !/^(train|test)\.csv(\.gz)?$/.test(name)
  );
}

/** A table, unless it is a part of a data set and not all of it. */
async function tableAt(path: DataPlace): Promise<DataSource> {
  const source = isInMemory(path)
    ? await folderSource(path, ...tablesIn(path))
    : await fileSource(path);
  const head = await headOf(source, 6);
  if (!isNpy(head) && !isIdx(head)) return source;
  throw new RangeError(
    `Cannot read the data set "${source.file}": it is a file of one array; expected a .csv file, or a folder with ` +
      "train-features.npy and train-labels.npy or train-targets.npy",
  );
}

/** What an option applies to, where it does not apply to everything. */
export const APPLIES: Readonly<
  Partial<Record<keyof DataOptions, readonly (DataKind | "table")[]>>
> = {
  labels: ["CIFAR-100"],
  target: ["table", "tables"],
  header: ["table", "tables"],
  task: ["table", "tables", "arrays"],
};

/** Refuses options that the files leave without effect. */
function requireFitting(
  path: DataPlace,
  kind: DataKind | "table",
  options: { readonly [option: string]: unknown },
): void {
  for (const [option, kinds] of Object.entries(APPLIES)) {
    if (options[option] === undefined || kinds?.includes(kind) === true) continue;
    throw new RangeError(
      `Cannot read the data set "${
        nameOfPlace(path)
      }": ${option} is given and the files are of ${kind}; ` +
        `expected it for ${kinds?.join(", ")} only`,
    );
  }
}

/** Both parts with the normalization that is asked for, as the training examples have it. */
function normalized(
  data: SplitDataset,
  usual: Normalize,
  { normalize = usual }: DataOptions,
): SplitDataset {
  const { train, test } = data;
  const { normalization: _, ...bare } = train;
  if (normalize === "channel" && train.image === undefined) {
    throw new RangeError(
      "Cannot normalise the data set by channels: its examples are no pictures; expected none, all or feature",
    );
  }
  const parts = { none: 0, all: 1, channel: train.image?.channels ?? 1, feature: train.inputs };
  const count = parts[normalize];
  const changed: Dataset = count === 0
    ? bare
    : { ...bare, normalization: standardizationOf(train, count) };
  if (test === undefined) return { train: changed };
  return { train: changed, test: prepareLike(test, preparationOf(changed)) };
}

async function loadTables(folder: DataPlace, options: TableOptions): Promise<SplitDataset> {
  const train = await readTable(await folderSource(folder, "train.csv"), options);
  if (!await hasDataFile(folder, "test.csv")) return { train };
  const { table } = train;
  const test = await readTable(await folderSource(folder, "test.csv"), {
    ...options,
    task: taskOf(train),
    header: table?.names !== undefined,
  });
  return { train, test };
}

/** What is learnt of a data set. */
function taskOf(data: Dataset): NonNullable<TableOptions["task"]> {
  if ("labels" in data) return "class";
  return data.multiLabel === true ? "multi-label" : "regression";
}

async function loadArrays(
  folder: DataPlace,
  { task }: TableOptions,
): Promise<SplitDataset> {
  const read = async (part: string, like?: Dataset): Promise<Dataset> => {
    const names = (what: string): string[] => ENDINGS.map((ending) => `${part}-${what}.${ending}`);
    const features = await readArray(
      await arrayHead(await folderSource(folder, ...names("features"))),
      "features",
    );
    const labelled = await hasAny(folder, names("labels"));
    if (labelled && await hasAny(folder, names("targets"))) {
      throw new RangeError(
        `Cannot read the data set in "${nameOfPlace(folder)}": there are both ${part}-labels and ` +
          `${part}-targets; expected one of them`,
      );
    }
    const wanted = labelled || task === "class" ? "labels" : "targets";
    if (labelled && task !== undefined && task !== "class") {
      throw new RangeError(
        `Cannot read the data set in "${nameOfPlace(folder)}": the task is ${task} and there is ` +
          `${part}-labels; expected ${part}-targets`,
      );
    }
    const head = await arrayHead(
      await folderSource(
        folder,
        ...names(wanted),
        ...(wanted === "targets" ? names("labels") : []),
      ),
    );
    const learnt = await readArray(head, wanted);
    if (wanted === "labels") {
      return classDataset(
        features,
        learnt,
        like !== undefined && "labels" in like ? like.classes : undefined,
      );
    }
    const multiLabel = like === undefined
      ? task === "multi-label" || task === undefined && isBinary(learnt)
      : "multiLabel" in like;
    return targetDataset(features, learnt, multiLabel);
  };
  const train = await read(PARTS[0]);
  const tested = await hasAny(folder, ENDINGS.map((ending) => `test-features.${ending}`));
  return tested ? { train, test: await read(PARTS[1], train) } : { train };
}

/** Whether targets say which of several labels apply. */
function isBinary({ shape, data }: FileArray): boolean {
  return (shape[1] ?? 1) > 1 && data.every((value) => value === 0 || value === 1);
}

async function hasAny(folder: DataPlace, names: readonly string[]): Promise<boolean> {
  for (const name of names) if (await hasDataFile(folder, name)) return true;
  return false;
}

/** The header of a file of one array: `.npy`, or IDX. */
export async function arrayHead(source: DataSource): Promise<ArrayHead> {
  return isNpy(await headOf(source, 6)) ? await npyHead(source) : await idxHead(source);
}
