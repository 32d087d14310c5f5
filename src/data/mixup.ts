/**
 * Mixup (Zhang et al., ICLR 2018): a training example is a mean of two, and so is what it is in truth.
 *
 * @module
 */
import { Random } from "../device/random.ts";
import type { ClassDataset, Dataset } from "./dataset.ts";
import { columnsOf } from "./source.ts";

/** Whom examples are mixed with, and their own shares of what comes of it. */
export interface Partners {
  /** Places in the data set. */
  readonly others: Uint32Array;
  /** Shares of the examples themselves, f32. */
  readonly shares: Float32Array;
}

/**
 * Refuses what cannot be mixed.
 *
 * @param alpha Of the distribution of the shares.
 * @throws {RangeError} if it is not a finite number above 0, or the examples have no classes.
 */
export function requireMixable(data: Dataset, alpha: number): asserts data is ClassDataset {
  if (!(alpha > 0 && Number.isFinite(alpha))) {
    throw new RangeError(
      `Cannot mix examples: alpha is ${alpha}; expected a finite number above 0`,
    );
  }
  if (!("labels" in data)) {
    throw new RangeError(
      "Cannot mix examples: they have numbers to predict; expected a data set of classes",
    );
  }
}

/**
 * Whom the chosen examples are mixed with in an epoch: anyone of the data set, and how much of each: Beta(alpha, alpha). Both
 * depend on the seed, the epoch and the example alone, never on the batch that it is in.
 */
export function partnersOf(
  chosen: Uint32Array,
  { examples, alpha, seed, epoch }: {
    readonly examples: number;
    readonly alpha: number;
    readonly seed: number;
    readonly epoch: number;
  },
): Partners {
  const others = new Uint32Array(chosen.length), shares = new Float32Array(chosen.length);
  for (const [i, stream] of chosen.entries()) {
    // Element 0 is what augmentations draw.
    const random = new Random({ seed, use: "noise", stream, step: epoch, element: 1 });
    others[i] = random.below(examples);
    shares[i] = beta(random, alpha);
  }
  return { others, shares };
}

/**
 * Makes each column of features the mean of two: `x = share x + (1 - share) other`.
 *
 * @param x `[inputs, columns]`; is overwritten.
 */
export function mixInto(
  x: Float32Array,
  other: Float32Array,
  { shares, columns }: { readonly shares: Float32Array; readonly columns: number },
): void {
  for (let row = 0; row < x.length; row += columns) {
    for (let column = 0; column < shares.length; column++) {
      const at = row + column;
      x[at] = shares[column] * x[at] + (1 - shares[column]) * other[at];
    }
  }
}

/** Shares of classes as columns, `[classes, columns]`. */
export class ShareColumns {
  readonly #data: ClassDataset;
  readonly #columns: number;
  readonly #array: Float32Array;

  /** Takes the memory of one batch; the data were checked. */
  constructor(data: ClassDataset, batchSize: number) {
    this.#data = data;
    this.#columns = columnsOf(batchSize);
    this.#array = new Float32Array(data.classes * this.#columns);
  }

  /** Those of the chosen examples with their partners; the array is filled again the next time. */
  fill(chosen: Uint32Array, { others, shares }: Partners): Float32Array {
    const { labels } = this.#data;
    const array = this.#array.fill(0);
    for (const [column, example] of chosen.entries()) {
      array[labels[example] * this.#columns + column] += shares[column];
      array[labels[others[column]] * this.#columns + column] += 1 - shares[column];
    }
    return array;
  }
}

/** A number of Beta(alpha, alpha): of two of Gamma(alpha), the share of one. */
function beta(random: Random, alpha: number): number {
  const [one, other] = [logGamma(random, alpha), logGamma(random, alpha)];
  // Where alpha is small both may be too small for a number; their ratio is none.
  return 1 / (1 + Math.exp(other - one));
}

/** The logarithm of a number of Gamma(shape) (Marsaglia and Tsang 2000; below 1 by their section 6). */
function logGamma(random: Random, shape: number): number {
  if (shape < 1) {
    const below = Math.log(1 - random.uniform()) / shape;
    return logGamma(random, shape + 1) + below;
  }
  const d = shape - 1 / 3, c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    const bound = x * x / 2 + d - d * v + d * Math.log(v);
    if (Math.log(1 - random.uniform()) < bound) return Math.log(d * v);
  }
}
