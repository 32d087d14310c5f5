/**
 * `cross_entropy` in float64: see `src/ops/kernels/cross_entropy.ts`.
 *
 * @module
 */
import { ULP } from "./bounds.ts";
import { softmax } from "./softmax.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** losses[c] = log(sum_i exp(logits[i, c])) - logits[labels[c], c]. */
export function crossEntropy(
  { logits, labels }: Inputs,
  { classes, columns }: Readonly<Record<string, number>>,
): Outputs {
  const losses = expected(columns);
  for (let column = 0; column < columns; column++) {
    const { max, sum, sumError } = softmax(logits, classes, columns, column);
    const chosen = logits[labels[column] * columns + column];
    const log = Math.log(sum);
    losses.value[column] = log + (max - chosen);
    // The sum's relative error is the logarithm's absolute one; then log's own, and two additions in either order.
    losses.bound[column] = sumError + 2 ** -21 + 3 * ULP * log +
      2 * ULP * (log + Math.abs(max) + Math.abs(chosen));
  }
  return { losses };
}
