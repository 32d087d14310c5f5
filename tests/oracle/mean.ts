/**
 * `mean` in float64: see `src/ops/kernels/mean.ts`.
 *
 * @module
 */
import { STEP_WORDS } from "../../src/device/step_block.ts";
import { CHAIN, DIVISION, Sum, ULP } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** out[0] = the mean of the first step.examples entries of x. */
export function mean({ x, step }: Inputs): Outputs {
  const examples = step[STEP_WORDS.examples];
  const sum = new Sum(CHAIN);
  for (let i = 0; i < examples; i++) sum.add(x[i]);
  const out = expected(1);
  out.value[0] = sum.value / examples;
  // A division, or the product with a reciprocal.
  out.bound[0] = (sum.bound + (DIVISION + ULP) * Math.abs(sum.value)) / examples;
  return { out };
}
