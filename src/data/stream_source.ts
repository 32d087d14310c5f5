/**
 * Examples that do not fit into memory as a source of batches: files of arrays, of which two windows are in memory at a time,
 * one that batches are made of and one that is read meanwhile.
 *
 * @module
 */
import type { Augmentation } from "./augment.ts";
import { featuresOf, requirePictures, TargetColumns } from "./batcher.ts";
import { checkDataset } from "./check.ts";
import type {
  ClassDataset,
  Dataset,
  Examples,
  ImageShape,
  Normalization,
  TargetDataset,
} from "./dataset.ts";
import { DataFormatError } from "./errors.ts";
import { exampleArrays, type ExampleName, packedArrays, shownIn } from "./examples_source.ts";
import { folderSource, hasDataFile } from "./files.ts";
import { digestOf } from "./fingerprint.ts";
import { ofFeatures, type Preparation, preparationOf, prepareLike } from "./preparation.ts";
import {
  featureRows,
  labelRows,
  type RowArray,
  type RowReader,
  type Rows,
  targetRows,
  widthOf,
} from "./row_file.ts";
import { type Batch, type EpochOptions, offerPacked, type Source } from "./source.ts";
import { type Window, windowExamples, windowsIn, type WindowSizes } from "./windows.ts";

/** Bytes of a window by default. */
const WINDOW_BYTES = 1 << 26;

/** Runs of a window by default: the more of them, the better examples are mixed; the fewer, the faster they are read. */
const RUNS = 64;

/** Labels that are read at once to count classes. */
const LABELS = 1 << 16;

/** Options of {@linkcode streamFolder}. */
export interface StreamOptions {
  /** Which part of the data set; `train` by default. */
  readonly part?: "train" | "test";
  /**
   * Examples of a window: what is mixed and in memory at a time, twice. By default as many as 64 MiB hold. A batch is never
   * cut, so that a window has at least one.
   */
  readonly window?: number;
  /** Neighbours that are read at once; by default a 64th of a window. */
  readonly run?: number;
  /** What features become, after bytes were scaled; themselves by default. */
  readonly normalization?: Normalization | readonly Normalization[];
  /** Number of classes; by default one more than the highest label, for which all labels are read once. */
  readonly classes?: number;
  /** Whether targets say which of several labels apply. */
  readonly multiLabel?: boolean;
  /** How pictures are changed, in order; not at all by default. */
  readonly augment?: readonly Augmentation[];
}

/** What is to be learnt, and the data set with one example of zeros in the place of its own: what is true of all of them. */
type Learnt =
  | { readonly labels: Rows<Uint32Array>; readonly like: ClassDataset }
  | { readonly targets: Rows<Float32Array>; readonly like: TargetDataset };

/** What a stream is made of. */
export type StreamParts = Learnt & {
  /** Rows of features. */
  readonly features: Rows<Uint8Array | Float32Array>;
  /** How an epoch is cut. */
  readonly sizes: WindowSizes;
  /** How pictures are changed. */
  readonly augment: readonly Augmentation[];
  /** Whether features that are bytes stay bytes, as far as they can; false by default. */
  readonly packed?: boolean;
};

/**
 * A folder of files of arrays as a source that reads them while it is asked for batches: `train-features.npy` and
 * `train-labels.npy` (class numbers) or `train-targets.npy` (numbers), or the same in IDX files. No more of them is in memory
 * than two windows and two batches. The files must not change meanwhile.
 *
 * An epoch takes runs of neighbours in a random order and mixes the examples of each window. Files that are sorted by class
 * want a window that is many runs long, or to be mixed before.
 *
 * @param folder A path or a `file:` URL.
 * @throws {Deno.errors.NotFound} if a file is missing.
 * @throws {DataFormatError} if a file is damaged or the files do not fit each other.
 * @throws {RangeError} if a file is in gzip, or an option is none.
 * @example
 * ```ts
 * import { streamFolder } from "@filigree/filigree/files";
 *
 * const folder = await Deno.makeTempDir();
 * // Four examples of two bytes, and their classes: two bytes of magic, type 8, rank, sizes of four bytes each.
 * const features = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 4, 0, 0, 0, 2, 9, 8, 7, 6, 5, 4, 3, 2);
 * await Deno.writeFile(`${folder}/train-features.idx`, features);
 * await Deno.writeFile(`${folder}/train-labels.idx`, Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 4, 0, 1, 2, 0));
 * const source = await streamFolder(folder, { window: 2 });
 * console.assert(source.examples === 4 && source.inputs.target.below === 3);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function streamFolder(
  folder: string | URL,
  options: StreamOptions = {},
): Promise<Source<ExampleName>> {
  const { part = "train", normalization, augment = [] } = options;
  const features = await featureRows(await pathOf(folder, part, "features"));
  const common = {
    ...{ features: features.room(1), examples: 1, inputs: widthOf(features) },
    ...imageOf(features),
    ...(normalization === undefined ? {} : { normalization }),
  };
  const learnt = await learntIn(folder, part, common, options);
  requireCount(features, "labels" in learnt ? learnt.labels : learnt.targets);
  return streamOf({ ...learnt, features, sizes: sizesOf(features, options), augment });
}

/**
 * A source of rows; see {@linkcode streamFolder}.
 *
 * @throws {RangeError} if what is said of them does not fit.
 */
export function streamOf(parts: StreamParts): Source<ExampleName> {
  const { features, like, sizes: { window, run }, augment, packed: wanted = false } = parts;
  checkDataset(like);
  requirePictures(like, augment);
  const preparation = preparationOf(like);
  const arrays = wanted ? packedArrays(like, { augment }) : exampleArrays(like);
  const packed = arrays.inputs.features.bytes !== undefined;
  const source: Source<ExampleName> = {
    ...arrays,
    examples: features.count,
    preparation,
    finite: true,
    terms: {
      "the augmentation": JSON.stringify(shownIn(augment, like.image)),
      "the window of examples that are mixed": `${window} in runs of ${run}`,
    },
    fingerprint: async () => {
      const files = [await features.digest(), await learntRows(parts).digest()];
      return await digestOf(JSON.stringify([preparation, ...files]));
    },
    epoch: (number, options) => batchesOf({ ...parts, packed }, number, options),
    like: (trained) => streamOf({ ...parts, ...likeTrained(parts, ofFeatures(trained)) }),
  };
  return wanted ? source : offerPacked(source, () => streamOf({ ...parts, packed: true }));
}

/** What is to be learnt, as a model has it that was trained with other examples. */
function likeTrained(learnt: Learnt, preparation: Preparation): Learnt {
  const { target } = preparation;
  if (target.kind === "class" && target.names !== undefined) {
    throw new RangeError(
      "Cannot use the examples with this model: their classes are numbers; expected classes with names, as it was trained",
    );
  }
  return "labels" in learnt
    ? { labels: learnt.labels, like: prepareLike(learnt.like, preparation) }
    : { targets: learnt.targets, like: prepareLike(learnt.like, preparation) };
}

function learntRows(learnt: Learnt): Rows<Uint32Array> | Rows<Float32Array> {
  return "labels" in learnt ? learnt.labels : learnt.targets;
}

/** The files of a part: labels, or targets. */
async function learntIn(
  folder: string | URL,
  part: string,
  common: Examples,
  { classes, multiLabel }: StreamOptions,
): Promise<Learnt> {
  if (await hasArray(folder, part, "labels")) {
    const labels = await labelRows(await pathOf(folder, part, "labels"));
    if (widthOf(labels) !== 1) {
      throw new DataFormatError(labels.file, 3, "there are several labels in a row; expected one");
    }
    const count = classes ?? await countClasses(labels);
    return { labels, like: { ...common, labels: new Uint32Array(1), classes: count } };
  }
  const targets = await targetRows(await pathOf(folder, part, "targets"));
  const outputs = widthOf(targets);
  const kind = multiLabel === undefined ? {} : { multiLabel };
  const like = { ...common, targets: new Float32Array(outputs), outputs, ...kind };
  return { targets, like };
}

/** One more than the highest label. */
async function countClasses(labels: Rows<Uint32Array>): Promise<number> {
  using reader = await labels.open();
  const piece = labels.room(Math.min(labels.count, LABELS));
  let highest = 0;
  for (let first = 0; first < labels.count; first += LABELS) {
    const some = piece.subarray(0, labels.count - first);
    await reader.read(first, some);
    for (const label of some) highest = Math.max(highest, label);
  }
  return highest + 1;
}

/** Names that files of a part may have. */
function namesOf(part: string, what: string): string[] {
  return ["npy", "idx"].map((ending) => `${part}-${what}.${ending}`);
}

async function hasArray(folder: string | URL, part: string, what: string): Promise<boolean> {
  for (const name of namesOf(part, what)) if (await hasDataFile(folder, name)) return true;
  return false;
}

async function pathOf(folder: string | URL, part: string, what: string): Promise<string | URL> {
  const { file } = await folderSource(folder, ...namesOf(part, what));
  return file.startsWith("file:") ? new URL(file) : file;
}

/** What the rows are pictures of, if they have two or three sizes. */
function imageOf({ shape }: Rows): { image?: ImageShape } {
  const [channels, height, width] = shape.length === 2 ? [1, ...shape] : shape;
  return shape.length === 2 || shape.length === 3 ? { image: { channels, height, width } } : {};
}

function requireCount(features: Rows, { file, count }: Rows): void {
  if (count === features.count) return;
  throw new DataFormatError(
    file,
    4,
    `there are ${count} rows; expected ${features.count}, one per example of "${features.file}"`,
  );
}

/** How an epoch is cut. */
function sizesOf(features: Rows, options: StreamOptions): WindowSizes {
  const bytes = features.room(1).byteLength;
  const { window = Math.max(1, Math.floor(WINDOW_BYTES / bytes)) } = options;
  const { run = Math.max(1, Math.ceil(window / RUNS)) } = options;
  for (const [name, value] of Object.entries({ window, run })) {
    if (Number.isSafeInteger(value) && value > 0) continue;
    throw new RangeError(
      `Cannot stream the data set: ${name} is ${value}; expected a whole number above 0`,
    );
  }
  return { window, run };
}

/** What {@linkcode Slot.read} gives: what was thrown is kept until the window is wanted. */
type Read = { readonly window: Window | undefined } | { readonly fault: unknown };

/** What makes a batch. */
interface Columns {
  readonly features: ReturnType<typeof featuresOf>;
  readonly target: TargetColumns;
}

/** The memory of a window and of two batches of it, which is filled again and again. */
class Slot {
  readonly #parts: StreamParts;
  readonly #features: Uint8Array | Float32Array;
  readonly #target: Uint32Array | Float32Array;
  readonly #numbers: Uint32Array;
  readonly #columns: readonly Columns[];

  constructor(parts: StreamParts, { batchSize, seed }: EpochOptions) {
    const { features, sizes, augment, packed = false } = parts;
    const examples = Math.min(features.count, windowExamples(sizes, batchSize));
    const numbers = this.#numbers = new Uint32Array(examples);
    this.#parts = parts;
    const own = { features: this.#features = features.room(examples), examples };
    let data: Dataset;
    if ("labels" in parts) {
      const labels = parts.labels.room(examples);
      data = { ...parts.like, ...own, labels };
      this.#target = labels;
    } else {
      const targets = parts.targets.room(examples);
      data = { ...parts.like, ...own, targets };
      this.#target = targets;
    }
    const options = { batchSize, seed, augment, numbers, packed };
    this.#columns = [0, 1].map(() => ({
      features: featuresOf(data, options),
      target: new TargetColumns(data, options),
    }));
  }

  /** Reads the next window. */
  async read(windows: Iterator<Window>, readers: Readers): Promise<Read> {
    try {
      const { value: window, done } = windows.next();
      if (done === true) return { window: undefined };
      let at = 0;
      for (const { first, count } of window.runs) {
        for (let i = 0; i < count; i++) this.#numbers[at + i] = first + i;
        await readers.features.read(first, part(this.#features, at, count, this.#numbers.length));
        await readers.target.read(first, part(this.#target, at, count, this.#numbers.length));
        at += count;
      }
      this.#requireLabels(window);
      return { window };
    } catch (fault) {
      return { fault };
    }
  }

  /** The batches of the window. Two take turns in their memory: one is in use while the next one is made. */
  *batches(
    { order, count, skip }: Window,
    number: number,
    batchSize: number,
  ): Generator<Batch<ExampleName>, void, undefined> {
    for (let batch = skip; batch * batchSize < count; batch++) {
      const chosen = order.subarray(batch * batchSize, Math.min(count, (batch + 1) * batchSize));
      const { features, target } = this.#columns[batch % 2];
      yield {
        arrays: { features: features.fill(chosen, number), target: target.fill(chosen) },
        examples: chosen.length,
      };
    }
  }

  #requireLabels({ count }: Window): void {
    const parts = this.#parts;
    if (!("labels" in parts)) return;
    const { like: { classes }, labels: { file } } = parts;
    const wrong = this.#target.subarray(0, count).findIndex((label) => label >= classes);
    if (wrong < 0) return;
    throw new RangeError(
      `Cannot use the examples of "${file}": the label of example ${this.#numbers[wrong]} is ${
        this.#target[wrong]
      }; expected a class below ${classes}`,
    );
  }
}

/** The files of an epoch. */
interface Readers {
  readonly features: RowReader;
  readonly target: RowReader;
}

/** The rows of a run in the memory of a window of `rows`. */
function part<A extends Uint8Array | Uint32Array | Float32Array>(
  array: A,
  at: number,
  count: number,
  rows: number,
): RowArray {
  const width = array.length / rows;
  return array.subarray(at * width, (at + count) * width);
}

/** The batches of an epoch. The next window is read while batches are made of the present one. */
async function* batchesOf(
  parts: StreamParts,
  number: number,
  options: EpochOptions,
): AsyncGenerator<Batch<ExampleName>, void, undefined> {
  const { features, sizes } = parts;
  using reader = await features.open();
  using learnt = await learntRows(parts).open();
  const readers = { features: reader, target: learnt };
  const windows = windowsIn(features.count, number, sizes, options);
  let [slot, other] = [new Slot(parts, options), new Slot(parts, options)];
  let coming = slot.read(windows, readers);
  try {
    while (true) {
      const read = await coming;
      if ("fault" in read) throw read.fault;
      if (read.window === undefined) return;
      coming = other.read(windows, readers);
      yield* slot.batches(read.window, number, options.batchSize);
      [slot, other] = [other, slot];
    }
  } finally {
    // Before the files are closed.
    await coming;
  }
}
