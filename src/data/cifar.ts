/**
 * CIFAR-10 and CIFAR-100 in their binary form (Krizhevsky 2009): records of one or two bytes of labels and a picture of
 * 32 x 32 pixels, the red ones first, then green, then blue.
 *
 * @module
 */
import { type ClassDataset, standardizationOf, type TestedDataset } from "./dataset.ts";
import { DataFormatError } from "./errors.ts";
import { type DataPlace, type DataSource, folderSource, hasDataFile, lengthOf } from "./files.ts";

/** What every picture is. */
const IMAGE = { channels: 3, height: 32, width: 32 } as const;

/** Bytes of a picture. */
const PIXELS: number = IMAGE.channels * IMAGE.height * IMAGE.width;

/** Files and labels of the two sets. */
const SETS = {
  "CIFAR-10": {
    train: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`),
    test: ["test_batch.bin"],
    labels: [10],
  },
  "CIFAR-100": { train: ["train.bin"], test: ["test.bin"], labels: [20, 100] },
} as const;

/** Options of {@linkcode loadCifarFolder}. */
export interface CifarOptions {
  /** Which labels of CIFAR-100: its 100 classes (`"fine"`, the default) or their 20 groups (`"coarse"`). */
  readonly labels?: "fine" | "coarse";
}

/** What the records of a file are. */
export interface CifarRecords {
  /** Classes of each byte of labels. */
  readonly labels: readonly number[];
  /** Which of these bytes is wanted. */
  readonly wanted: number;
}

/**
 * The examples of a file of records.
 *
 * @param file Its name, for errors.
 * @throws {DataFormatError} if it does not hold whole records, or a label is no class.
 * @example
 * ```ts
 * import { readCifar } from "./cifar.ts";
 *
 * const record = new Uint8Array(3073);
 * record[0] = 7;
 * const { labels, examples } = readCifar(record, "test_batch.bin", { labels: [10], wanted: 0 });
 * console.assert(labels[0] === 7 && examples === 1);
 * ```
 */
export function readCifar(
  bytes: Uint8Array,
  file: string,
  records: CifarRecords,
): ClassDataset {
  const data = room(recordsIn(bytes.length, file, records), records);
  copyRecords(bytes, { file, example: 0 }, records, data, 0);
  return data;
}

/** Number of records of a file. */
function recordsIn(length: number, file: string, { labels }: CifarRecords): number {
  const record = labels.length + PIXELS;
  const examples = Math.floor(length / record);
  if (examples > 0 && length % record === 0) return examples;
  throw new DataFormatError(
    file,
    examples * record,
    `the file has ${length} bytes; expected a multiple of the ${record} of a record, above 0`,
  );
}

/** A data set whose examples are yet to come. */
function room(examples: number, { labels, wanted }: CifarRecords): CifarData {
  return {
    ...{ features: new Uint8Array(examples * PIXELS), labels: new Uint8Array(examples) },
    ...{ examples, inputs: PIXELS, classes: labels[wanted], image: IMAGE },
  };
}

/** A data set of pictures in bytes. */
interface CifarData extends ClassDataset {
  readonly features: Uint8Array;
  readonly labels: Uint8Array;
}

/**
 * Copies whole records to their places.
 *
 * @param from The file, and the number of the first record in it.
 * @param at The example that the first record becomes.
 */
function copyRecords(
  bytes: Uint8Array,
  from: { readonly file: string; readonly example: number },
  { labels: classes, wanted }: CifarRecords,
  { features, labels }: CifarData,
  at: number,
): void {
  const record = classes.length + PIXELS;
  for (let i = 0; i < bytes.length / record; i++) {
    const head = i * record;
    for (const [place, limit] of classes.entries()) {
      if (bytes[head + place] < limit) continue;
      const example = from.example + i;
      throw new DataFormatError(
        from.file,
        example * record + place,
        `the label of example ${example} is ${
          bytes[head + place]
        }; expected a class below ${limit}`,
      );
    }
    labels[at + i] = bytes[head + wanted];
    features.set(bytes.subarray(head + classes.length, head + record), (at + i) * PIXELS);
  }
}

/** Records that are read at a time. */
const AT_ONCE = 64;

/**
 * The examples of files of records, one file after the other, in memory that is taken once.
 *
 * @throws {DataFormatError} if one is damaged.
 */
export async function readCifarFiles(
  sources: readonly DataSource[],
  records: CifarRecords,
): Promise<ClassDataset> {
  const counts = await Promise.all(
    sources.map(async (source) =>
      recordsIn(await lengthOf(source, Infinity), source.file, records)
    ),
  );
  const data = room(counts.reduce((sum, count) => sum + count, 0), records);
  const size = records.labels.length + PIXELS;
  const piece = new Uint8Array(AT_ONCE * size);
  let at = 0;
  for (const [i, source] of sources.entries()) {
    const { file } = source;
    using reader = await source.open();
    for (let example = 0; example < counts[i]; example += AT_ONCE) {
      const some = piece.subarray(0, Math.min(AT_ONCE, counts[i] - example) * size);
      const read = await reader.read(some);
      if (read < some.length) {
        const end = example * size + read;
        throw new DataFormatError(
          file,
          end,
          "the file became shorter while it was read; expected all of it",
        );
      }
      copyRecords(some, { file, example }, records, data, at + example);
    }
    at += counts[i];
  }
  return data;
}

/**
 * Reads CIFAR-10 (`data_batch_1.bin` to `data_batch_5.bin`, `test_batch.bin`) or CIFAR-100 (`train.bin`, `test.bin`) from
 * a folder or the memory, each file plain or with `.gz`. Every channel is normalised by mean and deviation of the training pictures.
 *
 * @param folder A path, a `file:` URL, or files in memory by their names.
 * @throws {Deno.errors.NotFound} if a file is missing.
 * @throws {DataFormatError} if a file is damaged.
 * @example
 * ```ts
 * import { loadCifarFolder } from "@filigree/filigree/files";
 *
 * const folder = await Deno.makeTempDir();
 * // CIFAR-100: a coarse and a fine label before each picture.
 * const record = new Uint8Array(2 + 3072).fill(7, 0, 2);
 * for (const name of ["train.bin", "test.bin"]) await Deno.writeFile(`${folder}/${name}`, record);
 * const { train } = await loadCifarFolder(folder, { labels: "coarse" });
 * console.assert(train.classes === 20 && train.labels[0] === 7 && train.inputs === 3072);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function loadCifarFolder(
  folder: DataPlace,
  { labels: kind = "fine" }: CifarOptions = {},
): Promise<TestedDataset<ClassDataset>> {
  const set = SETS[await cifarSetIn(folder) ?? "CIFAR-100"];
  const records = { labels: set.labels, wanted: kind === "fine" ? set.labels.length - 1 : 0 };
  const read = async (names: readonly string[]): Promise<ClassDataset> =>
    await readCifarFiles(
      await Promise.all(names.map((name) => folderSource(folder, name))),
      records,
    );
  const train = await read(set.train);
  const test = await read(set.test);
  const normalization = standardizationOf(train, IMAGE.channels);
  return { train: { ...train, normalization }, test: { ...test, normalization } };
}

/** The set that a folder has a file of: names of CIFAR-10 are more telling than `train.bin`. */
export async function cifarSetIn(
  folder: DataPlace,
): Promise<"CIFAR-10" | "CIFAR-100" | undefined> {
  for (const set of ["CIFAR-10", "CIFAR-100"] as const) {
    for (const name of [...SETS[set].train, ...SETS[set].test]) {
      if (await hasDataFile(folder, name)) return set;
    }
  }
  return undefined;
}
