/**
 * Batches in the layout of the device: features as rows, examples as columns, columns padded.
 *
 * @module
 */
import { Random } from "../device/random.ts";
import { type Augmentation, place, shownBy } from "./augment.ts";
import { checkBatchSize, featureFault, targetFault } from "./check.ts";
import {
  type Dataset,
  type Examples,
  featureScale,
  type ImageShape,
  normalizationsOf,
} from "./dataset.ts";
import { mixInto, partnersOf, requireMixable, ShareColumns } from "./mixup.ts";
import { FeatureWords, haveBytes } from "./packed.ts";
import { type Batch, chosenIn, columnsOf } from "./source.ts";

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
  /** How examples of classes are mixed: see `SourceOptions`; not at all by default. */
  readonly mixup?: number;
  /** Whether features that are bytes stay bytes, four in a word, where nothing is mixed; false by default. */
  readonly packed?: boolean;
}

/** How columns are filled. */
export interface ColumnOptions extends Omit<BatcherOptions, "shuffle" | "mixup" | "packed"> {
  /** Numbers of the examples, in errors and for randomness, where the data are a part of more: their places by default. */
  readonly numbers?: Uint32Array;
}

/** Cuts a data set into batches. One pair of arrays is filled again and again; nothing is allocated per batch. */
export class Batcher {
  /** Batches in an epoch. */
  readonly batches: number;
  /** Columns of a batch: the batch size, rounded up to a multiple of 32. */
  readonly columns: number;
  readonly #examples: number;
  readonly #options: BatcherOptions;
  readonly #features: FeatureColumns | FeatureWords;
  readonly #target: TargetColumns;
  readonly #mixed: MixedColumns | undefined;

  /**
   * Takes the memory of one batch; the data were checked.
   *
   * @throws {RangeError} if the batch size is not a whole number above 0, what is to be augmented are no pictures, or what is to
   * be mixed are no classes.
   */
  constructor(data: Dataset, options: BatcherOptions) {
    this.#features = featuresOf(data, options);
    this.#target = new TargetColumns(data, options);
    this.#mixed = options.mixup === undefined
      ? undefined
      : new MixedColumns(data, { ...options, mixup: options.mixup });
    this.#options = options;
    this.#examples = data.examples;
    this.batches = Math.ceil(data.examples / options.batchSize);
    this.columns = columnsOf(options.batchSize);
  }

  /**
   * The batches of an epoch. The order depends on the seed and the epoch alone.
   *
   * @param epoch Number of the epoch, from 0.
   * @param skip Batches to leave out at the beginning: those that a run has seen before it was interrupted.
   * @throws {RangeError} if a feature or a target of a batch is not finite; names the example. Checked here, where every
   * number passes on its way to the device, because arrays may change between two epochs.
   */
  *epoch(epoch: number, skip = 0): Generator<Batch<"features" | "target">, void, undefined> {
    for (const chosen of chosenIn(this.#examples, epoch, { ...this.#options, skip })) {
      const features = this.#features.fill(chosen, epoch);
      const mixed = features instanceof Float32Array
        ? this.#mixed?.mix(features, chosen, epoch)
        : undefined;
      const target = mixed ?? this.#target.fill(chosen);
      yield { arrays: { features, target }, examples: chosen.length };
    }
  }
}

/** What fills the features of batches. */
export function featuresOf(
  data: Examples,
  { packed = false, ...options }: ColumnOptions & Pick<BatcherOptions, "packed">,
): FeatureColumns | FeatureWords {
  return packed && haveBytes(data)
    ? new FeatureWords(data, options)
    : new FeatureColumns(data, options);
}

/** Features that others are mixed into, and what the examples are then in truth. */
class MixedColumns {
  readonly #others: FeatureColumns;
  readonly #shares: ShareColumns;
  readonly #drawing: { readonly examples: number; readonly alpha: number; readonly seed: number };

  constructor(data: Dataset, { mixup: alpha, ...options }: BatcherOptions & { mixup: number }) {
    requireMixable(data, alpha);
    this.#others = new FeatureColumns(data, options);
    this.#shares = new ShareColumns(data, options.batchSize);
    this.#drawing = { examples: data.examples, alpha, seed: options.seed };
  }

  /** Changes the features of the chosen examples and gives the shares of classes that they are of. */
  mix(features: Float32Array, chosen: Uint32Array, epoch: number): Float32Array {
    const partners = partnersOf(chosen, { ...this.#drawing, epoch });
    const others = this.#others.fill(partners.others, epoch);
    mixInto(features, others, { ...partners, columns: this.#others.columns });
    return this.#shares.fill(chosen, partners);
  }
}

/** Classes or targets of examples as columns: `[1, columns]` class numbers, or `[outputs, columns]`. */
export class TargetColumns {
  readonly #data: Dataset;
  readonly #columns: number;
  readonly #numbers: Uint32Array | undefined;
  readonly #array: Uint32Array | Float32Array;

  /** Takes the memory of one batch; the data were checked. */
  constructor(data: Dataset, { batchSize, numbers }: Omit<ColumnOptions, "seed">) {
    this.#data = data;
    this.#numbers = numbers;
    this.#columns = columnsOf(batchSize);
    this.#array = "labels" in data
      ? new Uint32Array(this.#columns)
      : new Float32Array(data.outputs * this.#columns);
  }

  /** Those of the chosen examples; the array is filled again the next time. */
  fill(chosen: Uint32Array): Uint32Array | Float32Array {
    const data = this.#data, target = this.#array;
    if ("labels" in data) {
      chosen.forEach((example, column) => target[column] = data.labels[example]);
      return target.fill(0, chosen.length);
    }
    const { targets, outputs, multiLabel = false } = data;
    const most = multiLabel ? 1 : Infinity, least = multiLabel ? 0 : -Infinity;
    for (let i = 0; i < outputs; i++) {
      const row = i * this.#columns;
      chosen.forEach((example, column) => {
        const value = targets[example * outputs + i];
        if (!(value >= least && value <= most && Number.isFinite(value))) {
          throw targetFault(data, i, value, this.#numbers?.[example] ?? example);
        }
        target[row + column] = value;
      });
      target.fill(0, row + chosen.length, row + this.#columns);
    }
    return target;
  }
}

/** Features of examples as columns, `[inputs, columns]`: scaled, normalised, augmented, and each looked at. */
export class FeatureColumns {
  /** Columns of a batch. */
  readonly columns: number;
  readonly #data: Examples;
  readonly #seed: number;
  readonly #numbers: Uint32Array | undefined;
  readonly #augmentations: readonly Augmentation[];
  readonly #features: Float32Array;
  readonly #means: Float64Array;
  readonly #deviations: Float64Array;
  readonly #scales: Float64Array;
  readonly #shifts: Float64Array;

  /**
   * Takes the memory of one batch; the examples were checked.
   *
   * @throws {RangeError} if the batch size is not a whole number above 0, or what is to be augmented are no pictures.
   */
  constructor(
    data: Examples,
    { batchSize, seed, augment = [], numbers }: ColumnOptions,
  ) {
    checkBatchSize(data, batchSize);
    requirePictures(data, augment);
    this.#data = data;
    this.#seed = seed;
    this.#numbers = numbers;
    this.#augmentations = augment;
    this.columns = columnsOf(batchSize);
    this.#features = new Float32Array(data.inputs * this.columns);
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
   * Those of the chosen examples, as an epoch shows them; the array is filled again the next time.
   *
   * @throws {RangeError} if a number is not finite; names the example.
   */
  fill(chosen: Uint32Array, epoch: number): Float32Array {
    const { inputs, image } = this.#data;
    const augment = this.#augmentations;
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
    return this.#features;
  }

  /** Writes the chosen pictures as they are shown in an epoch. */
  #augment(
    chosen: Uint32Array,
    epoch: number,
    augment: readonly Augmentation[],
    image: ImageShape,
  ): void {
    const { features, inputs } = this.#data;
    const scale = featureScale(this.#data);
    const means = this.#means, deviations = this.#deviations;
    const numberOf = (value: number, feature: number): number =>
      (value * scale - means[feature]) / deviations[feature];
    chosen.forEach((example, column) => {
      const stream = this.#numbers?.[example] ?? example;
      const random = new Random({ seed: this.#seed, use: "noise", stream, step: epoch });
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
    const { features, inputs } = this.#data;
    for (let i = 0; i < inputs; i++) {
      const x = this.#features[i * this.columns + column];
      if (Number.isFinite(x)) continue;
      throw featureFault(i, features[example * inputs + i], x, this.#numbers?.[example] ?? example);
    }
  }
}

/**
 * Refuses to augment what are no pictures.
 *
 * @throws {RangeError} if there is an augmentation and no image.
 */
export function requirePictures(data: Examples, augment: readonly Augmentation[]): void {
  if (augment.length === 0 || data.image !== undefined) return;
  throw new RangeError(
    "Cannot augment the data set: its examples are no pictures; expected one with the field image",
  );
}
