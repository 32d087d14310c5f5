/**
 * Sets examples aside, for choices that the test set must not make.
 *
 * @module
 */
import { permutation, Random } from "../device/random.ts";
import type { Dataset, TestedDataset } from "./dataset.ts";

/** Options of {@linkcode splitDataset}. */
export interface SplitOptions {
  /** Share of the examples that is set aside, in (0, 1); at least one example, and one stays. */
  readonly share: number;
  /** Which ones: the same for the same seed and number of examples. 0 by default. */
  readonly seed?: number;
}

/** The stream of random numbers that splits; orders of epochs have stream 0. */
const SPLIT_STREAM = 1;

/**
 * Sets a share of the examples aside, chosen at random, as `test`; the others are `train`, in their order. Both are copies,
 * with the normalization that the data have.
 *
 * @throws {RangeError} if the share is not in (0, 1), or there are fewer than two examples.
 * @example
 * ```ts
 * import { splitDataset } from "@filigree/filigree";
 *
 * const features = Float32Array.from({ length: 20 }, (_, i) => i);
 * const data = { features, labels: new Uint8Array(10), examples: 10, inputs: 2, classes: 1 };
 * const { train, test: validation } = splitDataset(data, { share: 0.2 });
 * console.assert(train.examples === 8 && validation.examples === 2);
 * ```
 */
export function splitDataset<D extends Dataset>(
  data: D,
  { share, seed = 0 }: SplitOptions,
): TestedDataset<D> {
  const { aside, rest } = setAside(data.examples, { share, seed });
  return { train: rowsOf(data, rest), test: rowsOf(data, aside) };
}

/**
 * The numbers of the examples that are set aside, and of the others, ascending.
 *
 * @throws {RangeError} if the share is not in (0, 1), or there are fewer than two examples.
 */
export function setAside(
  examples: number,
  { share, seed = 0 }: SplitOptions,
): { readonly aside: Uint32Array; readonly rest: Uint32Array } {
  if (!(share > 0 && share < 1) || examples < 2) {
    throw new RangeError(
      `Cannot set ${share} of ${examples} examples aside: expected a share in (0, 1) of at least two`,
    );
  }
  const count = Math.min(examples - 1, Math.max(1, Math.round(share * examples)));
  const order = permutation(new Random({ seed, use: "order", stream: SPLIT_STREAM }), examples);
  return { aside: order.slice(0, count).sort(), rest: order.slice(count).sort() };
}

/** Some examples of a data set. */
function rowsOf<D extends Dataset>(data: D, rows: Uint32Array): D {
  const features = taken(data.features, data.inputs, rows);
  const rest = "labels" in data
    ? { labels: taken(data.labels, 1, rows) }
    : { targets: taken(data.targets, data.outputs, rows) };
  return { ...data, features, ...rest, examples: rows.length };
}

/** Rows of `width` elements. */
function taken<A extends Uint8Array | Uint16Array | Uint32Array | Float32Array>(
  array: A,
  width: number,
  rows: Uint32Array,
): A {
  const result = array.slice(0, rows.length * width);
  rows.forEach((row, i) => result.set(array.subarray(row * width, (row + 1) * width), i * width));
  return result as A;
}
