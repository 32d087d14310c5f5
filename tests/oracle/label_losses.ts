/**
 * `label_losses` in float64: see `src/ops/kernels/label_losses.ts`.
 *
 * @module
 */
import { STEP_WORDS } from "../../src/device/step_block.ts";
import { LABEL_LOSS } from "../../src/ops/kernels/constants.ts";
import { LABEL_ROWS, lossBlocks } from "../../src/ops/kernels/label_losses.ts";
import { DIVISION, MIN_NORMAL, Sum, ULP } from "./bounds.ts";
import { type Bounded, logisticLoss, logisticSlope } from "./targets.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** The gradient of the losses in the place of the logits, its sums, and those of the losses. */
export function labelLosses(
  { logits, labels, weights, step }: Inputs,
  params: Readonly<Record<string, number>>,
): Outputs {
  const { rows, columns, first, most, kind, weighted, scale } = params;
  const blocks = lossBlocks(rows);
  const gradient = expected(rows * columns), sums = expected(rows), losses = expected(blocks);
  const examples = step[STEP_WORDS.examples];
  const share = scale / examples;
  const total = Array.from({ length: blocks }, () => new Sum());
  const own = new Float64Array(blocks);
  for (let row = 0; row < rows; row++) {
    const block = Math.floor(row / LABEL_ROWS);
    const sum = new Sum();
    for (let column = 0; column < Math.min(examples, columns); column++) {
      const at = row * columns + column;
      const applies = Array.from({ length: most }, (_, i) => labels[i * columns + column])
        .includes(first + row);
      const weight = applies && weighted === 1 ? weights[row] : 1;
      const { loss, slope } = lossOf(kind, logits[at], applies);
      // The share, a division, and two products.
      const error = (bound: number, value: number) =>
        weight * share * (bound + (DIVISION + 3 * ULP) * Math.abs(value)) + 2 * MIN_NORMAL;
      gradient.value[at] = weight * share * slope.value;
      gradient.bound[at] = error(slope.bound, slope.value);
      sum.add(gradient.value[at]);
      sums.bound[row] += gradient.bound[at];
      total[block].add(weight * share * loss.value);
      own[block] += error(loss.bound, loss.value);
    }
    sums.value[row] = sum.value;
    sums.bound[row] += sum.bound;
  }
  total.forEach((sum, block) => {
    losses.value[block] = sum.value;
    // Who multiplies up the arguments of logarithms makes two more errors a term.
    losses.bound[block] = 3 * sum.bound + own[block];
  });
  return { logits: gradient, losses, sums };
}

/** A loss and its derivative, without weight. */
function lossOf(kind: number, z: number, applies: boolean): { loss: Bounded; slope: Bounded } {
  if (kind === LABEL_LOSS.logistic) {
    const params = { positiveWeight: 1, targetScale: 1, targetShift: 0 };
    const t = Number(applies);
    return { loss: logisticLoss(z, t, params), slope: logisticSlope(z, t, params) };
  }
  const sign = applies ? -1 : 1;
  const lack = Math.max(0, 1 + sign * z);
  const bound = ULP * (1 + Math.abs(z));
  return {
    loss: { value: lack * lack, bound: 2 * lack * bound + bound * bound + ULP * lack * lack },
    slope: { value: 2 * sign * lack, bound: 2 * bound },
  };
}
