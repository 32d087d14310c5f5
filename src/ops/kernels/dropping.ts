/**
 * What kernels share that drop elements in training (Srivastava et al. 2014): which ones, without a number that is kept or read.
 *
 * Element e of a call has a draw of 16 bits, and is dropped where that is below a threshold. The draw is half a word of Philox:
 * block `4 floor(e / 32) + e % 4`, word `floor(e % 32 / 8)`, of which it is the low half where `e % 8 < 4`. So four blocks next
 * to each other in vectors make 32 elements next to each other, and no lane has to be moved. The key is that of
 * `src/device/random.ts` for the use `dropout` (or another one that is told), with the examples of the update before this batch in the place of the element:
 * the batches of one update drop different elements.
 *
 * A kernel that drops declares {@linkcode DROPPING_PARAMS} behind its own parameters and binds the step block as `step`. In Rust it
 * asks `Dropping` of `wasm/src/kernels/dropping.rs`, in WGSL it uses the snippets `step` and `dropping`. It may number its
 * elements as it likes; those that it takes together should be 32 next to each other. What is kept is multiplied by `factor`.
 *
 * @module
 */
import type { Param, Params } from "../../device/kernel.ts";
import { RANDOM_USE, type RandomUse } from "../../device/random.ts";

/** Parameters of a kernel that drops. */
export const DROPPING_PARAMS: readonly Param[] = [
  { name: "key0", type: "u32" },
  { name: "key1", type: "u32" },
  { name: "stream", type: "u32" },
  { name: "threshold", type: "u32" },
  { name: "factor", type: "f32" },
];

/** Where random numbers of a layer come from: `Randomness` of `src/nn/context.ts` gives both. */
export interface DroppingKey {
  /** Seed of the run. */
  readonly seed: number;
  /** Number of the layer. */
  readonly stream: number;
}

/** Draws there are. */
const DRAWS = 2 ** 16;

/**
 * The values of {@linkcode DROPPING_PARAMS}. The rate becomes a multiple of 2^-16 below 1, and the factor is `1 / (1 - rate)` of
 * what it has become, so that expectations stay.
 *
 * @param rate Share of the elements that is dropped.
 * @param use What the draws are for.
 * @throws {RangeError} if the rate is not a number from 0 up to but not including 1.
 */
export function dropping(
  rate: number,
  { seed, stream }: DroppingKey,
  use: RandomUse = "dropout",
): Params {
  requireRate(rate);
  const threshold = Math.min(Math.round(rate * DRAWS), DRAWS - 1);
  return {
    key0: seed % 2 ** 32,
    // As in the class Random: the seed has 53 bits, the use takes the others.
    key1: Math.floor(seed / 2 ** 32) + RANDOM_USE[use] * 2 ** 21,
    stream,
    threshold,
    factor: DRAWS / (DRAWS - threshold),
  };
}

/**
 * Refuses what is no rate.
 *
 * @throws {RangeError} if it is not a number from 0 up to but not including 1.
 */
export function requireRate(rate: number): void {
  if (rate >= 0 && rate < 1) return;
  throw new RangeError(
    `Cannot drop elements: the rate is ${rate}; expected a number from 0 up to but not including 1`,
  );
}
