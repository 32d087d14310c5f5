/**
 * `target_losses_gradient` in float64: see `src/ops/kernels/target_losses_gradient.ts`.
 *
 * @module
 */
import { TARGET_LOSS } from "../../src/ops/kernels/constants.ts";
import { MIN_NORMAL, ULP } from "./bounds.ts";
import { type Bounded, logisticSlope } from "./targets.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** doutputs[i, c] = share * upstream[c] times the derivative of the loss of an output; 0 where upstream is. */
export function targetLossesGradient(
  { outputs, targets, upstream }: Inputs,
  params: Readonly<Record<string, number>>,
): Outputs {
  const { rows, columns, share } = params;
  const doutputs = expected(rows * columns);
  for (let at = 0; at < rows * columns; at++) {
    const factor = upstream[at % columns] * share;
    if (factor === 0) continue;
    const { value, bound } = slopeOf(outputs[at], targets[at], params);
    doutputs.value[at] = value * factor;
    doutputs.bound[at] = Math.abs(factor) * bound + 2 * ULP * Math.abs(value * factor) +
      MIN_NORMAL * (2 + Math.abs(value));
  }
  return { doutputs };
}

function slopeOf(x: number, t: number, params: Readonly<Record<string, number>>): Bounded {
  const difference = x - t;
  if (params.kind === TARGET_LOSS.absolute) return { value: Math.sign(difference), bound: 0 };
  if (params.kind === TARGET_LOSS.logistic) return logisticSlope(x, t, params);
  return {
    value: 2 * difference,
    bound: 2 * (ULP * Math.abs(difference) + 3 * MIN_NORMAL),
  };
}
