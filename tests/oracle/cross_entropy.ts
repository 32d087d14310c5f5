/**
 * `cross_entropy` in float64: see `src/ops/kernels/cross_entropy.ts`.
 *
 * @module
 */
import { CHAIN, ULP } from "./bounds.ts";
import { softmax } from "./softmax.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** losses[c] = log(sum_i exp(logits[i, c])) - labelShare logits[labels[c], c] - classShare sum_i logits[i, c]. */
export function crossEntropy(
  { logits, labels }: Inputs,
  { classes, columns, labelShare, classShare }: Readonly<Record<string, number>>,
): Outputs {
  const losses = expected(columns);
  for (let column = 0; column < columns; column++) {
    const { max, sum, sumError } = softmax(logits, classes, columns, column);
    const chosen = logits[labels[column] * columns + column];
    const log = Math.log(sum);
    let below = 0, magnitude = 0;
    for (let i = 0; i < classes; i++) {
      below += max - logits[i * columns + column];
      magnitude += Math.abs(max) + Math.abs(logits[i * columns + column]);
    }
    losses.value[column] = log + labelShare * (max - chosen) + classShare * below;
    // The sum's relative error is the logarithm's absolute one; then log's own, and two additions in either order.
    losses.bound[column] = sumError + 2 ** -21 + 3 * ULP * log +
      (classShare === 0 ? 2 : 6) * ULP * (log + Math.abs(max) + Math.abs(chosen)) +
      // The sum of all: a difference and an addition for every class, then the product.
      classShare * (Math.min(classes, CHAIN) + 4) * ULP * magnitude;
  }
  return { losses };
}
