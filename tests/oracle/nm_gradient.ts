/**
 * `nm_gradient` in float64: see `src/ops/kernels/nm_gradient.ts`.
 *
 * @module
 */
import { MIN_NORMAL, ULP } from "./bounds.ts";
import { isSet, maskFloat } from "./nm_select.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** gradient inside; beta * gradient or gradient outside, and decay * w. */
export function nmGradient(
  { gradient, values, bits, control }: Inputs,
  { rows, inputs, exact }: Readonly<Record<string, number>>,
): Outputs {
  const beta = exact === 1 ? maskFloat(control, "beta") : 1;
  const decay = maskFloat(control, "decay");
  const result = expected(rows * inputs);
  for (let at = 0; at < rows * inputs; at++) {
    const [passed, added] = isSet(bits, inputs, at)
      ? [gradient[at], 0]
      : [beta * gradient[at], decay * values[at]];
    result.value[at] = passed + added;
    // Two products and their sum.
    result.bound[at] = 2 * ULP * (Math.abs(passed) + Math.abs(added)) + 4 * MIN_NORMAL;
  }
  return { gradient: result };
}
