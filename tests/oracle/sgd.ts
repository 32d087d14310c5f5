/**
 * `sgd` in float64: see `src/ops/kernels/sgd.ts`.
 *
 * @module
 */
import { MIN_NORMAL, ULP } from "./bounds.ts";
import { stepFloat } from "./step.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** values -= learningRate * (clip[0] * gradient + weightDecay * values). */
export function sgd(
  { values, gradient, clip, step }: Inputs,
  { length, weightDecay }: Readonly<Record<string, number>>,
): Outputs {
  const learningRate = stepFloat(step, "learningRate");
  const out = expected(length);
  for (let i = 0; i < length; i++) {
    const slope = clip[0] * gradient[i];
    const decay = weightDecay * values[i];
    out.value[i] = values[i] - learningRate * (slope + decay);
    // Four operations on the longest way: two products, a sum and the difference.
    const magnitude = Math.abs(values[i]) + learningRate * (Math.abs(slope) + Math.abs(decay));
    out.bound[i] = 5 * ULP * magnitude + 4 * MIN_NORMAL;
  }
  return { values: out };
}
