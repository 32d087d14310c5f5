/**
 * `batch_norm_statistics` in float64: see `src/ops/kernels/batch_norm_statistics.ts`.
 *
 * @module
 */
import { STEP_WORDS } from "../../src/device/step_block.ts";
import { isReal } from "./batch_norm_rows.ts";
import { CHAIN, DIVISION, MIN_NORMAL, Sum, ULP } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/**
 * The means, then the biased variances. A kernel takes deviations from a mean that is off by as much as a sum is; what the
 * variance errs by grows with the squares of these deviations, not with that of the mean.
 */
export function batchNormStatistics(
  { x, step }: Inputs,
  { rows, columns, batch }: Readonly<Record<string, number>>,
): Outputs {
  const examples = Math.min(step[STEP_WORDS.examples], batch);
  const statistics = expected(2 * rows);
  for (let row = 0; row < rows; row++) {
    const real: number[] = [];
    for (let column = 0; column < columns; column++) {
      if (isReal(column, batch, examples)) real.push(x[row * columns + column]);
    }
    const count = real.length;
    const sum = new Sum(CHAIN);
    for (const v of real) sum.add(v);
    const mean = sum.value / count;
    const off = sum.bound / count + DIVISION * Math.abs(mean);
    const squares = new Sum(CHAIN);
    let deviations = 0;
    let widened = 0;
    for (const v of real) {
      const deviation = Math.abs(v - mean);
      squares.product(deviation, deviation);
      deviations += deviation + off;
      widened += (deviation + off) ** 2;
    }
    const perTerm = (Math.min(count, CHAIN) + 6) * ULP;
    statistics.value[row] = mean;
    // The sum of the deviations, added to the mean: rounded once more.
    statistics.bound[row] = 2 * ULP * Math.abs(mean) + perTerm * deviations / count +
      DIVISION * off +
      2 * MIN_NORMAL;
    statistics.value[rows + row] = squares.value / count;
    statistics.bound[rows + row] = (2 * perTerm + 2 * DIVISION) * widened / count +
      2 * MIN_NORMAL * (1 + deviations / count);
  }
  return { statistics };
}
