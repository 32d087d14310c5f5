/**
 * The softmax of one column in float64, with the error that float32 may make; `cross_entropy` and its gradient share it.
 *
 * @module
 */
import { CHAIN, MIN_NORMAL, ULP } from "./bounds.ts";
import type { HostArray } from "./types.ts";

/** What a column's softmax is made of. */
export interface Softmax {
  /** The largest logit. */
  readonly max: number;
  /** exp(logit - max) of every class. */
  readonly exp: Float64Array;
  /** How far a float32 `exp` may lie from it. */
  readonly expBound: Float64Array;
  /** The sum of `exp`, at least 1. */
  readonly sum: number;
  /** Relative error of a float32 `sum`. */
  readonly sumError: number;
}

/** The softmax of column `column` of `logits` [classes, columns]. */
export function softmax(
  logits: HostArray,
  classes: number,
  columns: number,
  column: number,
): Softmax {
  let max = -Infinity;
  for (let i = 0; i < classes; i++) max = Math.max(max, logits[i * columns + column]);
  const exp = new Float64Array(classes);
  const expBound = new Float64Array(classes);
  let sum = 0;
  let absolute = 0;
  for (let i = 0; i < classes; i++) {
    const distance = max - logits[i * columns + column];
    exp[i] = Math.exp(-distance);
    // The difference errs by one unit of its own size, exp by 3 + 2 |x| units; far below 1 it may be taken for 0.
    expBound[i] = exp[i] * (3 + 3 * distance) * ULP + 2 * MIN_NORMAL;
    sum += exp[i];
    absolute += expBound[i];
  }
  return {
    max,
    exp,
    expBound,
    sum,
    sumError: (Math.min(classes, CHAIN) + 2) * ULP + absolute / sum,
  };
}
