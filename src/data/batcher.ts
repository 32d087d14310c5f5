/**
 * Batches in the layout of the device: features as rows, examples as columns, columns padded.
 *
 * @module
 */
import { permutation, Random } from "../device/random.ts";
import { COLUMN_TILE, roundUp } from "../device/kernel.ts";
import { checkDataset, type Dataset, featureScale } from "./dataset.ts";

/** Options of {@linkcode Batcher}. */
export interface BatcherOptions {
  /** Examples in a batch; the last one of an epoch may have fewer. */
  readonly batchSize: number;
  /** Seed of the order. */
  readonly seed: number;
  /** Whether every epoch has an order of its own; otherwise the examples come as they are stored. */
  readonly shuffle: boolean;
}

/** A batch. Its arrays are overwritten by the next one. */
export interface Batch {
  /** `[inputs, columns]`, row-major; columns from `examples` on are 0. */
  readonly features: Float32Array;
  /** `[columns]`: class numbers; 0 from `examples` on. */
  readonly labels: Uint32Array;
  /** Examples in this batch. */
  readonly examples: number;
}

/** Cuts a data set into batches. One pair of arrays is filled again and again; nothing is allocated per batch. */
export class Batcher {
  /** Batches in an epoch. */
  readonly batches: number;
  /** Columns of a batch: the batch size, rounded up to a multiple of 32. */
  readonly columns: number;
  readonly #data: Dataset;
  readonly #options: BatcherOptions;
  readonly #features: Float32Array;
  readonly #labels: Uint32Array;

  /**
   * Checks the data and takes the memory of one batch.
   *
   * @throws {RangeError} if the parts of the data do not fit each other or the batch size is not a
   * whole number above 0.
   */
  constructor(data: Dataset, options: BatcherOptions) {
    checkDataset(data);
    const { batchSize } = options;
    if (!Number.isInteger(batchSize) || batchSize <= 0) {
      throw new RangeError(
        `Cannot make batches: batchSize is ${batchSize}; expected a whole number above 0`,
      );
    }
    this.#data = data;
    this.#options = options;
    this.batches = Math.ceil(data.examples / batchSize);
    this.columns = roundUp(batchSize, COLUMN_TILE);
    this.#features = new Float32Array(data.inputs * this.columns);
    this.#labels = new Uint32Array(this.columns);
  }

  /**
   * The batches of an epoch. The order depends on the seed and the epoch alone.
   *
   * @param epoch Number of the epoch, from 0.
   * @param skipped Batches to leave out at the beginning: those that a run has seen before it was interrupted.
   */
  *epoch(epoch: number, skipped = 0): Generator<Batch, void, undefined> {
    const { batchSize, seed, shuffle } = this.#options;
    const { examples: total } = this.#data;
    const order = shuffle
      ? permutation(new Random({ seed, use: "order", step: epoch }), total)
      : Uint32Array.from({ length: total }, (_, i) => i);
    for (let first = skipped * batchSize; first < total; first += batchSize) {
      yield this.#fill(order.subarray(first, Math.min(first + batchSize, total)));
    }
  }

  #fill(chosen: Uint32Array): Batch {
    const { features, inputs, labels, normalization } = this.#data;
    const { mean, deviation } = normalization ?? { mean: 0, deviation: 1 };
    const scale = featureScale(this.#data) / deviation;
    transpose(features, inputs, chosen, scale, -mean / deviation, this.#features, this.columns);
    chosen.forEach((example, column) => this.#labels[column] = labels[example]);
    this.#labels.fill(0, chosen.length);
    return { features: this.#features, labels: this.#labels, examples: chosen.length };
  }
}

/**
 * Writes `source[row, i] * scale + shift` to `target[i, column]` for the chosen rows, and 0 to the
 * other columns. Eight rows at a time: every write then fills half a cache line, and the eight reads
 * run through memory side by side.
 */
function transpose(
  source: Uint8Array | Float32Array,
  inputs: number,
  rows: Uint32Array,
  scale: number,
  shift: number,
  target: Float32Array,
  columns: number,
): void {
  const whole = rows.length - rows.length % 8;
  for (let column = 0; column < whole; column += 8) {
    let r0 = rows[column] * inputs, r1 = rows[column + 1] * inputs;
    let r2 = rows[column + 2] * inputs, r3 = rows[column + 3] * inputs;
    let r4 = rows[column + 4] * inputs, r5 = rows[column + 5] * inputs;
    let r6 = rows[column + 6] * inputs, r7 = rows[column + 7] * inputs;
    for (let i = 0, at = column; i < inputs; i++, at += columns) {
      target[at] = source[r0++] * scale + shift;
      target[at + 1] = source[r1++] * scale + shift;
      target[at + 2] = source[r2++] * scale + shift;
      target[at + 3] = source[r3++] * scale + shift;
      target[at + 4] = source[r4++] * scale + shift;
      target[at + 5] = source[r5++] * scale + shift;
      target[at + 6] = source[r6++] * scale + shift;
      target[at + 7] = source[r7++] * scale + shift;
    }
  }
  for (let column = whole; column < rows.length; column++) {
    const row = rows[column] * inputs;
    for (let i = 0; i < inputs; i++) {
      target[i * columns + column] = source[row + i] * scale + shift;
    }
  }
  if (rows.length === columns) return;
  for (let i = 0; i < inputs; i++) {
    target.fill(0, i * columns + rows.length, (i + 1) * columns);
  }
}
