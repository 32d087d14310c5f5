/**
 * What a data set is: a row of features and a class number, or a row of targets, per example, in host memory.
 *
 * @module
 */
import type { ImageShape } from "../ops/image_shape.ts";

export type { ImageShape };

/** What all data sets have. */
export interface Examples {
  /**
   * `[examples, inputs]`, row-major. Bytes stand for numbers from 0 to 1 (the byte over 255);
   * floats stand for themselves.
   */
  readonly features: Uint8Array | Float32Array;
  /** Number of examples. */
  readonly examples: number;
  /** Features of an example. */
  readonly inputs: number;
  /** What an example is a picture of: its features are the rows of pixels of the first channel, then those of the next. */
  readonly image?: ImageShape;
  /**
   * What the features become, after bytes were scaled, on their way to the device; themselves by default. One for all, one
   * for each channel of the image, or one for each feature.
   */
  readonly normalization?: Normalization | readonly Normalization[];
  /** The columns of the table that the examples are rows of, if they come from one. */
  readonly table?: TableColumns;
}

/** The columns of a table whose rows are examples. */
export interface TableColumns {
  /** Number of columns. */
  readonly count: number;
  /** Their names, from first to last, if the table has a header. */
  readonly names?: readonly string[];
  /** Which columns hold what is to be learnt, by number from 0; the others are the features, in their order. */
  readonly targets: readonly number[];
}

/** Examples of classes. */
export interface ClassDataset extends Examples {
  /** `[examples]`: class numbers below `classes`. */
  readonly labels: Uint8Array | Uint16Array | Uint32Array;
  /** Number of classes. */
  readonly classes: number;
  /** `[classes]`: what the classes are called, if they have names. */
  readonly classNames?: readonly string[];
}

/** Examples with numbers to predict: values of a regression, or a 1 for each label that applies and a 0 for the others. */
export interface TargetDataset extends Examples {
  /** `[examples, outputs]`, row-major. */
  readonly targets: Float32Array;
  /** Numbers to predict for an example. */
  readonly outputs: number;
  /** Whether the targets say which of several labels apply: each is then from 0 (does not) to 1 (does). */
  readonly multiLabel?: boolean;
}

/** Examples with what is to be learnt of them. */
export type Dataset = ClassDataset | TargetDataset;

/** Turns a feature x into `(x - mean) / deviation`. */
export interface Normalization {
  /** Subtracted first. */
  readonly mean: number;
  /** Divided by afterwards; above 0. */
  readonly deviation: number;
}

/** A data set that comes in two parts, or that has no part to test with. */
export interface SplitDataset<D extends Dataset = Dataset> {
  /** Examples to train with. */
  readonly train: D;
  /** Examples to test with, if there are any; same inputs, classes or outputs, and normalization. */
  readonly test?: D;
}

/** A data set that has a part to test with. */
export interface TestedDataset<D extends Dataset = Dataset> extends SplitDataset<D> {
  /** Examples to test with. */
  readonly test: D;
}

/** The normalizations of equal parts of an example's features, in order. */
export function normalizationsOf(
  { normalization }: Pick<Examples, "normalization">,
): readonly Normalization[] {
  if (normalization === undefined) return [{ mean: 0, deviation: 1 }];
  return "mean" in normalization ? [normalization] : normalization;
}

/**
 * Mean and standard deviation over all features of all examples, before any normalization.
 *
 * @example
 * ```ts
 * import { measureNormalization } from "./dataset.ts";
 *
 * const { mean, deviation } = measureNormalization({ features: Float32Array.of(1, 3), examples: 2, inputs: 1 });
 * console.assert(mean === 2 && deviation === 1);
 * ```
 */
export function measureNormalization(data: Examples): Normalization {
  return measureParts(data, 1)[0];
}

/** Mean and standard deviation of each of equal parts of the features over all examples, before any normalization. */
export function measureParts(data: Examples, parts: number): Normalization[] {
  const { features, inputs } = data;
  const scale = featureScale(data);
  const size = inputs / parts;
  const count = features.length / parts;
  const sums = new Float64Array(parts), squares = new Float64Array(parts);
  for (let first = 0, part = 0; first < features.length; first += size, part = (part + 1) % parts) {
    let sum = sums[part];
    for (let i = first; i < first + size; i++) sum += features[i];
    sums[part] = sum;
  }
  for (let first = 0, part = 0; first < features.length; first += size, part = (part + 1) % parts) {
    const mean = sums[part] / count;
    let sum = squares[part];
    for (let i = first; i < first + size; i++) sum += (features[i] - mean) ** 2;
    squares[part] = sum;
  }
  return Array.from(sums, (sum, part) => ({
    mean: sum / count * scale,
    deviation: Math.sqrt(squares[part] / count) * scale,
  }));
}

/** Normalizations that give each of equal parts mean 0 and deviation 1; a part of one value has no deviation: it becomes 0. */
export function standardizationOf(data: Examples, parts: number): Normalization[] {
  return measureParts(data, parts)
    .map(({ mean, deviation }) => ({ mean, deviation: deviation === 0 ? 1 : deviation }));
}

/** Factor that makes stored features numbers: 1/255 for bytes, 1 for floats. */
export function featureScale(data: Examples): number {
  return data.features instanceof Uint8Array ? 1 / 255 : 1;
}

/** Columns of features, in their order. */
export function featureColumns({ count, targets }: TableColumns): number[] {
  const learnt = new Set(targets);
  return Array.from({ length: count }, (_, i) => i).filter((i) => !learnt.has(i));
}
