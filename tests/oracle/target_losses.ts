/**
 * `target_losses` in float64: see `src/ops/kernels/target_losses.ts`.
 *
 * @module
 */
import { TARGET_LOSS } from "../../src/ops/kernels/constants.ts";
import { CHAIN, DIVISION, MIN_NORMAL, Sum, ULP } from "./bounds.ts";
import { type Bounded, logisticLoss } from "./targets.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** The mean over the rows of what `kind` makes of an output and its target, or whether all rows are right. */
export function targetLosses(
  { outputs, targets }: Inputs,
  params: Readonly<Record<string, number>>,
): Outputs {
  const { rows, columns, kind } = params;
  const losses = expected(columns);
  for (let column = 0; column < columns; column++) {
    const sum = new Sum(CHAIN);
    let errors = 0;
    for (let row = 0; row < rows; row++) {
      const at = row * columns + column;
      const { value, bound } = termOf(outputs[at], targets[at], params);
      sum.add(value);
      errors += bound;
    }
    if (kind === TARGET_LOSS.exact) {
      losses.value[column] = sum.value === rows ? 1 : 0;
      continue;
    }
    losses.value[column] = sum.value / rows;
    losses.bound[column] = (sum.bound + errors + (DIVISION + ULP) * sum.magnitude) / rows;
  }
  return { losses };
}

function termOf(x: number, t: number, params: Readonly<Record<string, number>>): Bounded {
  const { kind } = params;
  const difference = x - t;
  // Values below the smallest normal number may be taken for 0 before the subtraction and after it.
  const differenceBound = ULP * Math.abs(difference) + 3 * MIN_NORMAL;
  if (kind === TARGET_LOSS.absolute) {
    return { value: Math.abs(difference), bound: differenceBound };
  }
  if (kind === TARGET_LOSS.square) {
    const value = difference ** 2;
    const bound = (2 * Math.abs(difference) + differenceBound) * differenceBound + ULP * value +
      MIN_NORMAL;
    return { value, bound };
  }
  if (kind === TARGET_LOSS.logistic) return logisticLoss(x, t, params);
  return { value: (x > 0) === (t > 0.5) ? 1 : 0, bound: 0 };
}
