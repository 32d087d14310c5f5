/**
 * `adamw` in float64: see `src/ops/kernels/adamw.ts`.
 *
 * @module
 */
import { STEP_WORDS } from "../../src/device/step_block.ts";
import { DIVISION, MIN_NORMAL, SQUARE_ROOT, ULP } from "./bounds.ts";
import { stepFloat } from "./step.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** Decoupled weight decay: the formulas of Loshchilov and Hutter 2019, algorithm 2. */
export function adamw(inputs: Inputs, params: Readonly<Record<string, number>>): Outputs {
  const correction1 = stepFloat(inputs.step, "biasCorrection1");
  const correction2 = stepFloat(inputs.step, "biasCorrection2");
  return adamwUpdate(inputs, params, () => [correction1, correction2]);
}

/** The same with corrections of each element. */
export function adamwUpdate(
  { values, gradient, m, v, clip, step }: Inputs,
  { length, beta1, beta2, rest1, rest2, epsilon, weightDecay, flush = 0 }: Readonly<
    Record<string, number>
  >,
  correctionsOf: (element: number) => readonly [number, number],
): Outputs {
  const learningRate = stepFloat(step, "learningRate");
  const frozen = step[STEP_WORDS.frozen] === 1;
  const newValues = expected(length);
  const newM = expected(length);
  const newV = expected(length);
  for (let i = 0; i < length; i++) {
    const [correction1, correction2] = correctionsOf(i);
    const g = clip[0] * gradient[i];
    newM.value[i] = beta1 * m[i] + rest1 * g;
    const mMagnitude = Math.abs(beta1 * m[i]) + Math.abs(rest1 * g);
    // g, two products and the sum.
    newM.bound[i] = 4 * ULP * mMagnitude + 4 * MIN_NORMAL;
    if (flush > 0 && Math.abs(newM.value[i]) <= flush + newM.bound[i]) {
      // On the other side of the limit float32 may keep it.
      if (Math.abs(newM.value[i]) >= flush - newM.bound[i]) {
        newM.bound[i] += Math.abs(newM.value[i]);
      }
      newM.value[i] = 0;
    }
    newV.value[i] = frozen ? v[i] : beta2 * v[i] + rest2 * g * g;
    // g counts twice, then two products and the sum; nothing cancels, so the error is relative.
    newV.bound[i] = 6 * ULP * newV.value[i] + 4 * MIN_NORMAL;

    const mean = newM.value[i] / correction1;
    const meanBound = newM.bound[i] / correction1 + DIVISION * Math.abs(mean);
    const root = Math.sqrt(newV.value[i] / correction2);
    const denominator = root + epsilon;
    // sqrt halves a relative error; a v that is taken for 0 loses at most the root of what was lost.
    const denominatorBound = root * (6 * ULP + DIVISION + SQUARE_ROOT) + ULP * denominator +
      Math.sqrt(4 * MIN_NORMAL / correction2);
    const ratio = mean / denominator;
    const ratioBound =
      (meanBound + Math.abs(ratio) * denominatorBound) / (denominator - denominatorBound) +
      DIVISION * Math.abs(ratio);
    const decay = weightDecay * values[i];
    newValues.value[i] = values[i] - learningRate * (decay + ratio);
    // The sum, the product with the rate and the difference.
    newValues.bound[i] = learningRate * ratioBound + 4 * ULP *
        (Math.abs(values[i]) + learningRate * (Math.abs(decay) + Math.abs(ratio))) +
      4 * MIN_NORMAL;
  }
  return { values: newValues, m: newM, v: newV };
}
