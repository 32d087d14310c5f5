/**
 * `accumulate` in float64: see `src/ops/kernels/accumulate.ts`.
 *
 * @module
 */
import { STEP_WORDS } from "../../src/device/step_block.ts";
import { MIN_NORMAL, ULP } from "./bounds.ts";
import { stepFloat } from "./step.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** sum = (before > 0 ? sum : 0) + share * x. */
export function accumulate(
  { sum, x, step }: Inputs,
  { length }: Readonly<Record<string, number>>,
): Outputs {
  const begun = step[STEP_WORDS.before] !== 0;
  const share = stepFloat(step, "share");
  const out = expected(length);
  for (let i = 0; i < length; i++) {
    const before = begun ? sum[i] : 0;
    const part = share * x[i];
    out.value[i] = before + part;
    // The product and the sum.
    out.bound[i] = 2 * ULP * (Math.abs(before) + Math.abs(part)) + 2 * MIN_NORMAL;
  }
  return { sum: out };
}
