/**
 * `mean_gradient` in float64: see `src/ops/kernels/mean_gradient.ts`.
 *
 * @module
 */
import { STEP_WORDS } from "../../src/device/step_block.ts";
import { DIVISION, MIN_NORMAL, ULP } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** dx[c] = dout[0] / step.examples for c < step.examples, else exactly 0. */
export function meanGradient(
  { dout, step }: Inputs,
  { columns }: Readonly<Record<string, number>>,
): Outputs {
  const examples = step[STEP_WORDS.examples];
  const dx = expected(columns);
  for (let column = 0; column < examples; column++) {
    dx.value[column] = dout[0] / examples;
    // A division, or the product with a reciprocal.
    dx.bound[column] = (DIVISION + ULP) * Math.abs(dx.value[column]) + MIN_NORMAL;
  }
  return { dx };
}
