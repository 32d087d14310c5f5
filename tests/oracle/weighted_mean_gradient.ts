/**
 * `weighted_mean_gradient` in float64: see `src/ops/kernels/weighted_mean_gradient.ts`.
 *
 * @module
 */
import { STEP_WORDS } from "../../src/device/step_block.ts";
import { DIVISION, MIN_NORMAL, ULP } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** dx[c] = dout[0] weights[labels[c]] / total[0] for c < step.examples, else exactly 0; 0 where total[0] is. */
export function weightedMeanGradient(
  { dout, labels, weights, total, step }: Inputs,
  { columns }: Readonly<Record<string, number>>,
): Outputs {
  const dx = expected(columns);
  if (total[0] === 0) return { dx };
  for (let column = 0; column < step[STEP_WORDS.examples]; column++) {
    dx.value[column] = dout[0] * weights[labels[column]] / total[0];
    // A division, or the product with a reciprocal, and a product.
    dx.bound[column] = (DIVISION + 3 * ULP) * Math.abs(dx.value[column]) +
      MIN_NORMAL * (1 + Math.abs(dout[0]) + Math.abs(dout[0] / total[0]));
  }
  return { dx };
}
