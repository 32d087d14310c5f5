/**
 * `axis_softmax_gradient` in float64: see `src/ops/kernels/axis_softmax_gradient.ts`.
 *
 * @module
 */
import { MIN_NORMAL, Sum, ULP } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** dx = y (dy - sum of y dy along the axis). */
export function axisSoftmaxGradient(
  { y, dy }: Inputs,
  { outer, length, inner }: Readonly<Record<string, number>>,
): Outputs {
  const dx = expected(outer * length * inner);
  for (let line = 0; line < outer * inner; line++) {
    const begin = Math.floor(line / inner) * length * inner + line % inner;
    const sum = new Sum();
    for (let l = 0; l < length; l++) sum.product(y[begin + l * inner], dy[begin + l * inner]);
    for (let l = 0; l < length; l++) {
      const at = begin + l * inner;
      dx.value[at] = y[at] * (dy[at] - sum.value);
      const terms = Math.abs(dy[at]) + Math.abs(sum.value);
      dx.bound[at] = Math.abs(y[at]) * (sum.bound + 3 * ULP * terms + MIN_NORMAL) + 2 * MIN_NORMAL;
    }
  }
  return { dx };
}
