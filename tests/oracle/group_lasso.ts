/**
 * `group_lasso` in float64: see `src/ops/kernels/group_lasso.ts`.
 *
 * @module
 */
import { DIVISION, MIN_NORMAL, SQUARE_ROOT, ULP } from "./bounds.ts";
import { stepFloat } from "./step.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** w *= max(0, 1 - rate * weight / sqrt(sum of w^2 + 1e-6)), slot by slot. */
export function groupLasso(
  { values, step }: Inputs,
  { slots, area, weight }: Readonly<Record<string, number>>,
): Outputs {
  const pull = stepFloat(step, "learningRate") * weight;
  const result = expected(values.length);
  values.forEach((w, i) => result.value[i] = w);
  for (let slot = 0; slot < slots; slot++) {
    const own = values.subarray(slot * area, (slot + 1) * area);
    let sum = 1e-6;
    for (const w of own) sum += w * w;
    const taken = pull / Math.sqrt(sum);
    const left = Math.max(0, 1 - taken);
    // A product, `area` sums of squares under a root, the root, the quotient and the difference.
    const bound = taken * (ULP * (3 + (area + 2) / 2) + SQUARE_ROOT + DIVISION) + ULP;
    own.forEach((w, i) => {
      result.value[slot * area + i] = w * left;
      result.bound[slot * area + i] = Math.abs(w) * (bound + ULP * left) + MIN_NORMAL;
    });
  }
  return { values: result };
}
