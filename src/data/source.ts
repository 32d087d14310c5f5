/**
 * Where batches come from: named arrays of examples, in memory or streamed, in an order that depends on seed and epoch alone.
 *
 * @module
 */
import { COLUMN_TILE, roundUp } from "../device/kernel.ts";
import { permutation, Random } from "../device/random.ts";
import { MOST_NUMBERS, requireBatchSize } from "./check.ts";
import type { SourcePreparation } from "./preparation.ts";
import type { SplitOptions } from "./split.ts";

/** One of the arrays that a source gives. */
export interface ArraySpec {
  /** Its shape without the axis of the examples: `[784]`, `[positions]`, `[channels, height, width]`. */
  readonly shape: readonly number[];
  /** Type of an element. */
  readonly type: "f32" | "u32";
  /** What its numbers are below, where they are numbers of things: classes, tokens. */
  readonly below?: number;
  /**
   * Where batches have bytes in the place of f32, four of an example in a word: what each of them stands for, `[parts, 256]` for
   * equal parts of the shape.
   */
  readonly bytes?: Float32Array;
}

/** Examples side by side. */
export interface Batch<Name extends string = string> {
  /**
   * The arrays by name, as the device has them: `[...shape, columns]`, row-major, where columns are the batch size rounded up
   * to a multiple of 32. Those from `examples` on are 0. An array of `bytes` is `[words, columns]`: element i of an example is
   * byte `i % 4`, from the lowest, of word `floor(i / 4)`.
   */
  readonly arrays: Readonly<Record<Name, Float32Array | Uint32Array>>;
  /** Examples in this batch. */
  readonly examples: number;
}

/** How an epoch is gone through. */
export interface EpochOptions {
  /** Examples in a batch; the last one may have fewer. */
  readonly batchSize: number;
  /** Seed of the order and of everything else that is random. */
  readonly seed: number;
  /** Whether every epoch has an order of its own; otherwise the examples come as they are stored. */
  readonly shuffle: boolean;
  /** Batches to leave out at the beginning: those that a run has seen before it was interrupted. 0 by default. */
  readonly skip?: number;
}

/** Where batches come from. */
export interface Source<Name extends string = string> {
  /** What a batch consists of. */
  readonly inputs: Readonly<Record<Name, ArraySpec>>;
  /** Examples of an epoch: whoever asks for one counts them. */
  readonly examples: number;
  /** What was done to the raw data: plain data, which go into checkpoints. */
  readonly preparation: SourcePreparation;
  /** Name of the task that examples are for if nobody says another; see `TASKS`. */
  readonly task?: string;
  /** What else batches depend on, in words by name, such as `"the augmentation"`: a run goes on with the same alone. */
  readonly terms?: Readonly<Record<string, string>>;
  /** Examples that a model is asked about at a time, where nobody says another number; 256 by default. Long ones are fewer. */
  readonly together?: number;
  /** Whether its f32 are known to be finite: the source looks at each. Otherwise every run of a program does. */
  readonly finite?: boolean;
  /** A digest of the content: that of another content is another. */
  fingerprint(): Promise<string>;
  /**
   * The batches of an epoch. Their bits depend on the options and the number alone, with or without a beginning that was left
   * out. An iterable may overwrite the arrays of a batch when it is asked for the next one. An async one may not before it is
   * asked for the one after the next: it is asked for the next one while a batch is still in use.
   *
   * @param number From 0.
   */
  epoch(number: number, options: EpochOptions): Iterable<Batch<Name>> | AsyncIterable<Batch<Name>>;
  /**
   * The same examples as a model reads them that was trained with another source, whatever their own preparation is. Absent
   * where there is nothing to change.
   *
   * @throws {RangeError} if they cannot be such.
   */
  like?(preparation: SourcePreparation): Source<Name>;
  /**
   * Sets a share of the examples aside as `test`, as `splitDataset` does; both parts have the preparation of all. Absent
   * where that cannot be done.
   *
   * @throws {RangeError} if the share is not in (0, 1), or there are fewer than two examples.
   */
  split?(options: SplitOptions): { readonly train: Source<Name>; readonly test: Source<Name> };
  /**
   * The first number of an array that lies outside of a range, where the source can tell before it makes batches.
   *
   * @returns What it is, in words that name the example: "the label of example 3".
   */
  outside?(name: Name, least: number, most: number): { what: string; value: number } | undefined;
}

/** A source that waits for nothing. */
export interface MemorySource<Name extends string = string> extends Source<Name> {
  /** The batches of an epoch, which may be overwritten by the next one. */
  epoch(number: number, options: EpochOptions): Iterable<Batch<Name>>;
  /** The same examples as a model reads them that was trained with another source. */
  like?(preparation: SourcePreparation): MemorySource<Name>;
}

/** Whether something is a source and not examples in memory. */
export function isSource<Other extends object>(data: Other | Source): data is Source {
  return "epoch" in data && typeof data.epoch === "function";
}

const PACKED = new WeakMap<Source, () => Source>();

/**
 * Says that a source can give its features as the bytes that they are, which a trainer hands to the device so. It is this source
 * that can, and none that is made of it with batches of its own.
 */
export function offerPacked<S extends Source>(source: S, packed: () => S): S {
  PACKED.set(source, packed);
  return source;
}

/** The same examples with features that are bytes as they are, where a source offers that; else the source. */
export function packedOf(source: Source): Source {
  return PACKED.get(source)?.() ?? source;
}

/** Columns of a batch in memory: the batch size, rounded up to a multiple of 32. */
export function columnsOf(batchSize: number): number {
  return roundUp(batchSize, COLUMN_TILE);
}

/** Elements of an array of an example. */
export function sizeOf({ shape }: ArraySpec): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * Checks that batches of a source can be made.
 *
 * @throws {RangeError} if the batch size is not a whole number above 0, or a batch would be beyond any device.
 */
export function requireBatches({ inputs }: Pick<Source, "inputs">, batchSize: number): void {
  requireBatchSize(batchSize);
  const largest = Math.max(...Object.values(inputs).map(sizeOf));
  if (largest * batchSize <= MOST_NUMBERS) return;
  throw new RangeError(
    `Cannot make batches: ${batchSize} examples of ${largest} numbers are ${
      batchSize * largest
    }; expected at most ${MOST_NUMBERS}`,
  );
}

/** The examples of each batch of an epoch, by number. The order depends on the seed and the epoch alone. */
export function* chosenIn(
  examples: number,
  epoch: number,
  { batchSize, seed, shuffle, skip = 0 }: EpochOptions,
): Generator<Uint32Array, void, undefined> {
  const order = shuffle
    ? permutation(new Random({ seed, use: "order", step: epoch }), examples)
    : Uint32Array.from({ length: examples }, (_, i) => i);
  for (let first = skip * batchSize; first < examples; first += batchSize) {
    yield order.subarray(first, Math.min(first + batchSize, examples));
  }
}
