/**
 * `subset_decay` in float64: see `src/ops/kernels/subset_decay.ts`.
 *
 * @module
 */
import { NONE } from "../../src/ops/kernels/constants.ts";
import { MIN_NORMAL, ULP } from "./bounds.ts";
import { stepFloat } from "./step.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** values -= rate * share * values. */
export function subsetDecay(
  { values, places, step }: Inputs,
  { length, inside, outside }: Readonly<Record<string, number>>,
): Outputs {
  const rate = stepFloat(step, "learningRate");
  const result = expected(length);
  for (let i = 0; i < length; i++) {
    const taken = rate * (places[i] === NONE ? outside : inside) * values[i];
    result.value[i] = values[i] - taken;
    // Two products and the difference.
    result.bound[i] = 2 * ULP * (Math.abs(values[i]) + 2 * Math.abs(taken)) + 2 * MIN_NORMAL;
  }
  return { values: result };
}
