/**
 * `weighted_mean` in float64: see `src/ops/kernels/weighted_mean.ts`.
 *
 * @module
 */
import { STEP_WORDS } from "../../src/device/step_block.ts";
import { DIVISION, Sum, ULP } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** out[0] = the mean of the first step.examples entries of x, weighted by class; total[0] = the sum of the weights. */
export function weightedMean({ x, labels, weights, step }: Inputs): Outputs {
  const products = new Sum(), sum = new Sum();
  for (let i = 0; i < step[STEP_WORDS.examples]; i++) {
    products.product(weights[labels[i]], x[i]);
    sum.add(weights[labels[i]]);
  }
  const out = expected(1), total = expected(1);
  total.value[0] = sum.value;
  total.bound[0] = sum.bound;
  if (sum.value > 0) {
    out.value[0] = products.value / sum.value;
    // A quotient has the relative errors of both, and that of a division, or of the product with a reciprocal.
    out.bound[0] = products.bound / sum.value +
      (sum.bound / sum.value + DIVISION + ULP) * products.magnitude / sum.value;
  }
  return { out, total };
}
