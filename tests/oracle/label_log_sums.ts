/**
 * `label_log_sums` in float64: see `src/ops/kernels/label_log_sums.ts`.
 *
 * @module
 */
import { MIN_NORMAL, ULP } from "./bounds.ts";
import { softmax } from "./softmax.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** The largest logits, the sums below them, and weight and count of the labels that apply. */
export function labelLogSums(
  { logits, labels, weights, logs }: Inputs,
  params: Readonly<Record<string, number>>,
): Outputs {
  const { rows, columns, first, most, weighted, fresh } = params;
  const found = expected(4 * columns);
  const set = (plane: number, column: number, value: number, bound: number): void => {
    found.value[plane * columns + column] = value;
    found.bound[plane * columns + column] = bound;
  };
  for (let column = 0; column < columns; column++) {
    const { max, sum, sumError } = softmax(logits, rows, columns, column);
    const held = fresh === 1 ? -Infinity : logs[column];
    const largest = Math.max(max, held);
    const own = sum * Math.exp(max - largest);
    const before = fresh === 1 ? 0 : logs[columns + column] * Math.exp(held - largest);
    // Differences are rounded, then exp errs by its own argument.
    const error = (of: number, from: number): number =>
      of * ULP * (6 + 3 * Math.abs(from - largest) + Math.abs(from) + Math.abs(largest));
    set(0, column, largest, 0);
    const bound = 2 * sumError * own + error(own, max) +
      (fresh === 1 ? 0 : error(before, held));
    set(1, column, own + before, bound + 2 * ULP * (own + before) + rows * MIN_NORMAL);
    let weight = fresh === 1 ? 0 : logs[2 * columns + column];
    let count = fresh === 1 ? 0 : logs[3 * columns + column];
    for (let i = 0; i < most; i++) {
      const label = labels[i * columns + column];
      if (label < first || label >= first + rows) continue;
      weight += weighted === 1 ? weights[label - first] : 1;
      count++;
    }
    set(2, column, weight, (most + 1) * ULP * weight);
    set(3, column, count, 0);
  }
  return { logs: found };
}
