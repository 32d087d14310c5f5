/**
 * `sgd_momentum` in float64: see `src/ops/kernels/sgd_momentum.ts`.
 *
 * @module
 */
import { MIN_NORMAL, ULP } from "./bounds.ts";
import { stepFloat } from "./step.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** g = clip[0] * gradient + weightDecay * values; momentum = beta * momentum + g; values -= learningRate * update. */
export function sgdMomentum(
  { values, gradient, momentum, clip, step }: Inputs,
  { length, beta, nesterov, weightDecay }: Readonly<Record<string, number>>,
): Outputs {
  const learningRate = stepFloat(step, "learningRate");
  const newMomentum = expected(length);
  const newValues = expected(length);
  for (let i = 0; i < length; i++) {
    const g = clip[0] * gradient[i] + weightDecay * values[i];
    const gMagnitude = Math.abs(clip[0] * gradient[i]) + Math.abs(weightDecay * values[i]);
    const m = beta * momentum[i] + g;
    const mMagnitude = Math.abs(beta * momentum[i]) + gMagnitude;
    newMomentum.value[i] = m;
    // A product and two sums on the longest way.
    newMomentum.bound[i] = 5 * ULP * mMagnitude + 4 * MIN_NORMAL;
    const update = nesterov ? g + beta * m : m;
    const updateMagnitude = nesterov ? gMagnitude + beta * mMagnitude : mMagnitude;
    newValues.value[i] = values[i] - learningRate * update;
    // Those, another product and sum with Nesterov, the product with the rate and the difference.
    newValues.bound[i] = 8 * ULP * (Math.abs(values[i]) + learningRate * updateMagnitude) +
      8 * MIN_NORMAL;
  }
  return { values: newValues, momentum: newMomentum };
}
