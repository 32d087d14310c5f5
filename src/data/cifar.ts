/**
 * CIFAR-10 and CIFAR-100 in their binary form (Krizhevsky 2009): records of one or two bytes of labels and a picture of
 * 32 x 32 pixels, the red ones first, then green, then blue.
 *
 * @module
 */
import { type ClassDataset, standardizationOf, type TestedDataset } from "./dataset.ts";
import { DataFormatError } from "./errors.ts";
import { hasDataFile, readDataFile, unzipped } from "./files.ts";

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
  { labels: classes, wanted }: CifarRecords,
): ClassDataset {
  const record = classes.length + PIXELS;
  const examples = Math.floor(bytes.length / record);
  if (examples === 0 || bytes.length % record !== 0) {
    throw new DataFormatError(
      file,
      examples * record,
      `the file has ${bytes.length} bytes; expected a multiple of the ${record} of a record, above 0`,
    );
  }
  const features = new Uint8Array(examples * PIXELS);
  const labels = new Uint8Array(examples);
  for (let example = 0; example < examples; example++) {
    const at = example * record;
    for (const [i, limit] of classes.entries()) {
      if (bytes[at + i] < limit) continue;
      throw new DataFormatError(
        file,
        at + i,
        `the label of example ${example} is ${bytes[at + i]}; expected a class below ${limit}`,
      );
    }
    labels[example] = bytes[at + wanted];
    features.set(bytes.subarray(at + classes.length, at + record), example * PIXELS);
  }
  return { features, labels, examples, inputs: PIXELS, classes: classes[wanted], image: IMAGE };
}

/**
 * Reads CIFAR-10 (`data_batch_1.bin` to `data_batch_5.bin`, `test_batch.bin`) or CIFAR-100 (`train.bin`, `test.bin`) from
 * a folder, each file plain or with `.gz`. Every channel is normalised by mean and deviation of the training pictures.
 *
 * @param folder A path or a `file:` URL.
 * @throws {Deno.errors.NotFound} if a file is missing.
 * @throws {DataFormatError} if a file is damaged.
 */
export async function loadCifarFolder(
  folder: string | URL,
  { labels: kind = "fine" }: CifarOptions = {},
): Promise<TestedDataset<ClassDataset>> {
  const set = SETS[await cifarSetIn(folder) ?? "CIFAR-100"];
  const records = { labels: set.labels, wanted: kind === "fine" ? set.labels.length - 1 : 0 };
  const read = async (names: readonly string[]): Promise<ClassDataset> =>
    joined(
      await Promise.all(names.map(async (name) => {
        const { bytes, file } = await readDataFile(folder, name);
        return readCifar(await unzipped(bytes, file), file, records);
      })),
    );
  const [train, test] = await Promise.all([read(set.train), read(set.test)]);
  const normalization = standardizationOf(train, IMAGE.channels);
  return { train: { ...train, normalization }, test: { ...test, normalization } };
}

/** The set that a folder has a file of: names of CIFAR-10 are more telling than `train.bin`. */
export async function cifarSetIn(
  folder: string | URL,
): Promise<"CIFAR-10" | "CIFAR-100" | undefined> {
  for (const set of ["CIFAR-10", "CIFAR-100"] as const) {
    for (const name of [...SETS[set].train, ...SETS[set].test]) {
      if (await hasDataFile(folder, name)) return set;
    }
  }
  return undefined;
}

/** Parts of a set, one after the other. */
function joined(parts: readonly ClassDataset[]): ClassDataset {
  const examples = parts.reduce((sum, part) => sum + part.examples, 0);
  const features = new Uint8Array(examples * PIXELS);
  const labels = new Uint8Array(examples);
  let at = 0;
  for (const part of parts) {
    features.set(part.features, at * PIXELS);
    labels.set(part.labels, at);
    at += part.examples;
  }
  return { ...parts[0], features, labels, examples };
}
