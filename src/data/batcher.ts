/**
 * Batches in the layout of the device: features as rows, examples as columns, columns padded.
 *
 * @module
 */
import { permutation, Random } from "../device/random.ts";
import { COLUMN_TILE, roundUp } from "../device/kernel.ts";
import { AS_IT_IS, type Augmentation, place } from "./augment.ts";
import {
  checkDataset,
  type Dataset,
  featureScale,
  type ImageShape,
  normalizationsOf,
} from "./dataset.ts";

/** Options of {@linkcode Batcher}. */
export interface BatcherOptions {
  /** Examples in a batch; the last one of an epoch may have fewer. */
  readonly batchSize: number;
  /** Seed of the order. */
  readonly seed: number;
  /** Whether every epoch has an order of its own; otherwise the examples come as they are stored. */
  readonly shuffle: boolean;
  /** How pictures are changed, in order; not at all by default. */
  readonly augment?: readonly Augmentation[];
}

/** A batch. Its arrays are overwritten by the next one. */
export interface Batch {
  /** `[inputs, columns]`, row-major; columns from `examples` on are 0. */
  readonly features: Float32Array;
  /** `[columns]`: class numbers, or `[outputs, columns]`: targets; 0 from `examples` on. */
  readonly targets: Uint32Array | Float32Array;
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
  readonly #targets: Uint32Array | Float32Array;

  /**
   * Checks the data and takes the memory of one batch.
   *
   * @throws {RangeError} if the parts of the data do not fit each other or the batch size is not a
   * whole number above 0.
   */
  constructor(data: Dataset, options: BatcherOptions) {
    checkDataset(data);
    const { batchSize, augment = [] } = options;
    if (!Number.isInteger(batchSize) || batchSize <= 0) {
      throw new RangeError(
        `Cannot make batches: batchSize is ${batchSize}; expected a whole number above 0`,
      );
    }
    if (augment.length > 0 && data.image === undefined) {
      throw new RangeError(
        "Cannot augment the data set: its examples are no pictures; expected one with the field image",
      );
    }
    this.#data = data;
    this.#options = options;
    this.batches = Math.ceil(data.examples / batchSize);
    this.columns = roundUp(batchSize, COLUMN_TILE);
    this.#features = new Float32Array(data.inputs * this.columns);
    this.#targets = "labels" in data
      ? new Uint32Array(this.columns)
      : new Float32Array(data.outputs * this.columns);
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
      yield this.#fill(order.subarray(first, Math.min(first + batchSize, total)), epoch);
    }
  }

  #fill(chosen: Uint32Array, epoch: number): Batch {
    const { inputs, image } = this.#data;
    const { augment = [] } = this.#options;
    if (augment.length > 0 && image !== undefined) {
      this.#augment(chosen, epoch, augment, image);
    } else {
      const parts = normalizationsOf(this.#data);
      const size = inputs / parts.length;
      for (const [i, { mean, deviation }] of parts.entries()) {
        const scale = featureScale(this.#data) / deviation;
        this.#transpose(chosen, i * size, (i + 1) * size, scale, -mean / deviation);
      }
    }
    if (chosen.length < this.columns) {
      for (let i = 0; i < inputs; i++) {
        this.#features.fill(0, i * this.columns + chosen.length, (i + 1) * this.columns);
      }
    }
    this.#fillTargets(chosen);
    return { features: this.#features, targets: this.#targets, examples: chosen.length };
  }

  #fillTargets(chosen: Uint32Array): void {
    const data = this.#data, target = this.#targets;
    if ("labels" in data) {
      chosen.forEach((example, column) => target[column] = data.labels[example]);
      target.fill(0, chosen.length);
      return;
    }
    const { targets, outputs } = data;
    for (let i = 0; i < outputs; i++) {
      const row = i * this.columns;
      chosen.forEach((example, column) => target[row + column] = targets[example * outputs + i]);
      target.fill(0, row + chosen.length, row + this.columns);
    }
  }

  /** Writes the chosen pictures as they are shown in an epoch. */
  #augment(
    chosen: Uint32Array,
    epoch: number,
    augment: readonly Augmentation[],
    image: ImageShape,
  ): void {
    const { features, inputs } = this.#data;
    const { seed } = this.#options;
    const parts = normalizationsOf(this.#data);
    const scale = featureScale(this.#data);
    const numberOf = (value: number, channel: number): number => {
      const { mean, deviation } = parts[channel % parts.length];
      return (value * scale - mean) / deviation;
    };
    chosen.forEach((example, column) => {
      const random = new Random({ seed, use: "noise", stream: example, step: epoch });
      const placement = augment.reduce((shown, change) => change(shown, random, image), AS_IT_IS);
      const first = example * inputs;
      place(features, first, image, placement, numberOf, this.#features, column, this.columns);
    });
  }

  /**
   * Writes `features[row, i] * scale + shift`, `i` from `begin` to `end`, to the columns of the chosen rows. Eight rows at
   * a time: every write then fills half a cache line, and the eight reads run through memory side by side.
   */
  #transpose(
    rows: Uint32Array,
    begin: number,
    end: number,
    scale: number,
    shift: number,
  ): void {
    const { features: source, inputs } = this.#data;
    const target = this.#features, columns = this.columns;
    const whole = rows.length - rows.length % 8;
    const start = begin * columns;
    for (let column = 0; column < whole; column += 8) {
      const [a, b, c, d, e, f, g, h] = rows.subarray(column, column + 8);
      let r0 = a * inputs + begin, r1 = b * inputs + begin;
      let r2 = c * inputs + begin, r3 = d * inputs + begin;
      let r4 = e * inputs + begin, r5 = f * inputs + begin;
      let r6 = g * inputs + begin, r7 = h * inputs + begin;
      for (let i = begin, at = start + column; i < end; i++, at += columns) {
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
      for (let i = begin; i < end; i++) {
        target[i * columns + column] = source[row + i] * scale + shift;
      }
    }
  }
}
