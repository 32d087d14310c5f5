/**
 * Batches in the layout of the device: features as rows, examples as columns, columns padded.
 *
 * @module
 */
import { permutation, Random } from "../device/random.ts";
import { COLUMN_TILE, roundUp } from "../device/kernel.ts";
import { type Augmentation, place, shownBy } from "./augment.ts";
import { checkBatchSize, checkDataset, featureFault, targetFault } from "./check.ts";
import { type Dataset, featureScale, type ImageShape, normalizationsOf } from "./dataset.ts";

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
  readonly #means: Float64Array;
  readonly #deviations: Float64Array;
  readonly #scales: Float64Array;
  readonly #shifts: Float64Array;

  /**
   * Checks the data and takes the memory of one batch.
   *
   * @throws {TypeError} if an array is of another kind than a data set takes.
   * @throws {RangeError} if the parts of the data do not fit each other or the batch size is not a
   * whole number above 0.
   */
  constructor(data: Dataset, options: BatcherOptions) {
    checkDataset(data);
    const { batchSize, augment = [] } = options;
    checkBatchSize(data, batchSize);
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
    const parts = normalizationsOf(data);
    const size = data.inputs / parts.length;
    const each = (of: (part: number) => number): Float64Array =>
      Float64Array.from({ length: data.inputs }, (_, i) => of(Math.floor(i / size)));
    this.#means = each((part) => parts[part].mean);
    this.#deviations = each((part) => parts[part].deviation);
    const scale = featureScale(data);
    this.#scales = this.#deviations.map((deviation) => scale / deviation);
    this.#shifts = this.#deviations.map((deviation, i) => -this.#means[i] / deviation);
  }

  /**
   * The batches of an epoch. The order depends on the seed and the epoch alone.
   *
   * @param epoch Number of the epoch, from 0.
   * @param skipped Batches to leave out at the beginning: those that a run has seen before it was interrupted.
   * @throws {RangeError} if a feature or a target of a batch is not finite; names the example. Checked here, where every
   * number passes on its way to the device, because arrays may change between two epochs.
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
      this.#transpose(chosen);
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
    const { targets, outputs, multiLabel = false } = data;
    const most = multiLabel ? 1 : Infinity, least = multiLabel ? 0 : -Infinity;
    for (let i = 0; i < outputs; i++) {
      const row = i * this.columns;
      chosen.forEach((example, column) => {
        const value = targets[example * outputs + i];
        if (!(value >= least && value <= most && Number.isFinite(value))) {
          throw targetFault(data, example, i);
        }
        target[row + column] = value;
      });
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
    const scale = featureScale(this.#data);
    const means = this.#means, deviations = this.#deviations;
    const numberOf = (value: number, feature: number): number =>
      (value * scale - means[feature]) / deviations[feature];
    chosen.forEach((example, column) => {
      const random = new Random({ seed, use: "noise", stream: example, step: epoch });
      const placement = shownBy(augment, random, image);
      const first = example * inputs;
      place(features, first, image, placement, numberOf, this.#features, column, this.columns);
      if (features instanceof Float32Array) this.#requireFinite(example, column);
    });
  }

  /**
   * Writes the features of the chosen examples to their columns. Eight examples at a time: every write then fills half a
   * cache line, and the eight reads run through memory side by side. The sum of all numbers tells whether one is not finite.
   */
  #transpose(chosen: Uint32Array): void {
    const { features: source, inputs } = this.#data;
    const target = this.#features, columns = this.columns;
    const scales = this.#scales, shifts = this.#shifts;
    const { fround } = Math;
    const whole = chosen.length - chosen.length % 8;
    let sum = 0;
    for (let column = 0; column < whole; column += 8) {
      const [a, b, c, d, e, f, g, h] = chosen.subarray(column, column + 8);
      let r0 = a * inputs, r1 = b * inputs, r2 = c * inputs, r3 = d * inputs;
      let r4 = e * inputs, r5 = f * inputs, r6 = g * inputs, r7 = h * inputs;
      for (let i = 0, at = column; i < inputs; i++, at += columns) {
        const scale = scales[i], shift = shifts[i];
        const x0 = target[at] = fround(source[r0++] * scale + shift);
        const x1 = target[at + 1] = fround(source[r1++] * scale + shift);
        const x2 = target[at + 2] = fround(source[r2++] * scale + shift);
        const x3 = target[at + 3] = fround(source[r3++] * scale + shift);
        const x4 = target[at + 4] = fround(source[r4++] * scale + shift);
        const x5 = target[at + 5] = fround(source[r5++] * scale + shift);
        const x6 = target[at + 6] = fround(source[r6++] * scale + shift);
        const x7 = target[at + 7] = fround(source[r7++] * scale + shift);
        sum += ((x0 + x1) + (x2 + x3)) + ((x4 + x5) + (x6 + x7));
      }
    }
    for (let column = whole; column < chosen.length; column++) {
      const row = chosen[column] * inputs;
      for (let i = 0; i < inputs; i++) {
        const x = target[i * columns + column] = fround(source[row + i] * scales[i] + shifts[i]);
        sum += x;
      }
    }
    if (Number.isFinite(sum)) return;
    chosen.forEach((example, column) => this.#requireFinite(example, column));
  }

  /** @throws {RangeError} if a number of a column is not finite: names the example. */
  #requireFinite(example: number, column: number): void {
    for (let i = 0; i < this.#data.inputs; i++) {
      const x = this.#features[i * this.columns + column];
      if (!Number.isFinite(x)) throw featureFault(this.#data, example, i, x);
    }
  }
}
