/**
 * `cross_entropy_gradient` in float64: see `src/ops/kernels/cross_entropy_gradient.ts`.
 *
 * @module
 */
import { DIVISION, MIN_NORMAL, ULP } from "./bounds.ts";
import { softmax } from "./softmax.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** dlogits[i, c] = (softmax(logits[:, c])[i] - labelShare [i = labels[c]] - classShare) * upstream[c]; 0 where upstream is. */
export function crossEntropyGradient(
  { logits, labels, upstream }: Inputs,
  { classes, columns, labelShare, classShare }: Readonly<Record<string, number>>,
): Outputs {
  const dlogits = expected(classes * columns);
  for (let column = 0; column < columns; column++) {
    if (upstream[column] === 0) continue;
    const { exp, expBound, sum, sumError } = softmax(logits, classes, columns, column);
    for (let i = 0; i < classes; i++) {
      const at = i * columns + column;
      const share = exp[i] / sum;
      const target = classShare + (i === labels[column] ? labelShare : 0);
      const difference = share - target;
      // Division, or the product with a reciprocal, then the subtraction; the factor's rounding comes last.
      const shareBound = expBound[i] / sum + share * (sumError + DIVISION + ULP);
      const targetBound = classShare === 0 ? 0 : 4 * ULP * target;
      const differenceBound = shareBound + targetBound + ULP * Math.abs(difference);
      dlogits.value[at] = difference * upstream[column];
      dlogits.bound[at] =
        Math.abs(upstream[column]) * (differenceBound + ULP * Math.abs(difference)) +
        MIN_NORMAL * (1 + Math.abs(difference));
    }
  }
  return { dlogits };
}
