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

/** What an example that is not there, or to which a label applies, may add to the sum of a row that goes on as if none did. */
const NEVER = Math.exp(-60);

/** The gradient of the losses in the place of the logits, its sums, and those of the losses. */
export function labelLosses(
  { logits, labels, weights, logs, step }: Inputs,
  params: Readonly<Record<string, number>>,
): Outputs {
  const { rows, columns, first, most, kind, weighted, scale } = params;
  const blocks = lossBlocks(rows);
  const gradient = expected(rows * columns), sums = expected(rows), losses = expected(blocks);
  const examples = step[STEP_WORDS.examples];
  const share = scale / examples;
  const total = Array.from({ length: blocks }, () => new Sum());
  const errors = new Float64Array(blocks);
  for (let row = 0; row < rows; row++) {
    const block = Math.floor(row / LABEL_ROWS);
    const sum = new Sum();
    for (let column = 0; column < Math.min(examples, columns); column++) {
      const at = row * columns + column;
      const applies = Array.from({ length: most }, (_, i) => labels[i * columns + column])
        .includes(first + row);
      const own = applies && weighted === 1 ? weights[row] : 1;
      const all = [0, 1, 2, 3].map((plane) => logs[plane * columns + column]);
      const { loss, slope } = kind === LABEL_LOSS.softmax
        ? softmaxOf(logits[at], applies ? own : 0, all)
        : lossOf(kind, logits[at], applies);
      // A softmax has the weight inside.
      const weight = kind === LABEL_LOSS.softmax ? 1 : own;
      // The share, a division, and two products.
      const error = (bound: number, value: number) =>
        weight * share * (bound + (DIVISION + 3 * ULP) * Math.abs(value)) + 2 * MIN_NORMAL;
      gradient.value[at] = weight * share * slope.value;
      gradient.bound[at] = error(slope.bound, slope.value);
      sum.add(gradient.value[at]);
      sums.bound[row] += gradient.bound[at];
      total[block].add(weight * share * loss.value);
      errors[block] += error(loss.bound, loss.value);
    }
    sums.value[row] = sum.value;
    sums.bound[row] += sum.bound + (kind === LABEL_LOSS.logistic ? columns * share * NEVER : 0);
  }
  total.forEach((sum, block) => {
    losses.value[block] = sum.value;
    // Who multiplies up the arguments of logarithms makes two more errors a term.
    losses.bound[block] = 3 * sum.bound + errors[block];
  });
  return { logits: gradient, losses, sums };
}

/** The loss of a softmax and its derivative, out of what `label_log_sums` says of a column and the weight of a label. */
function softmaxOf(
  z: number,
  weight: number,
  [largest, sum, mass, count]: readonly number[],
): { loss: Bounded; slope: Bounded } {
  if (count === 0) return { loss: { value: 0, bound: 0 }, slope: { value: 0, bound: 0 } };
  const own = weight / count, log = Math.log(sum);
  const loss = own * (log + largest - z);
  const share = mass / count * Math.exp(z - largest) / sum;
  const far = Math.abs(largest) + Math.abs(z) + Math.abs(log);
  return {
    // WGSL lets a logarithm near 1 err by 2^-21.
    loss: { value: loss, bound: own * (2 ** -21 + 8 * ULP * far) },
    slope: {
      value: share - own,
      bound: share * (6 + 4 * Math.abs(z - largest)) * ULP +
        (share + own) * (3 * DIVISION + 4 * ULP),
    },
  };
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
