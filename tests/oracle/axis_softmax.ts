/**
 * `axis_softmax` in float64: see `src/ops/kernels/axis_softmax.ts`.
 *
 * @module
 */
import { MIN_NORMAL, ULP } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** The softmax of every line. */
export function axisSoftmax(
  { x }: Inputs,
  { outer, length, inner }: Readonly<Record<string, number>>,
): Outputs {
  const y = expected(outer * length * inner);
  for (let line = 0; line < outer * inner; line++) {
    const begin = Math.floor(line / inner) * length * inner + line % inner;
    const places = Array.from({ length }, (_, l) => begin + l * inner);
    const largest = places.reduce((most, at) => Math.max(most, x[at]), -Infinity);
    const least = places.reduce((least, at) => Math.min(least, x[at]), Infinity);
    const sum = places.reduce((sum, at) => sum + Math.exp(x[at] - largest), 0);
    // Where the largest is only found step by step, the sum is corrected by an exponential at every step.
    const spread = Math.min(largest - least, 90);
    for (const at of places) {
      y.value[at] = Math.exp(x[at] - largest) / sum;
      const relative = (length + 16 + 6 * spread + Math.abs(largest) + Math.abs(x[at])) * ULP;
      y.bound[at] = y.value[at] * Math.expm1(Math.min(relative, 3)) + 4 * MIN_NORMAL;
    }
  }
  return { y };
}
