/**
 * `batch_norm` in float64: see `src/ops/kernels/batch_norm.ts`.
 *
 * @module
 */
import { operationOf } from "../../src/ops/kernels/epilogue.ts";
import { FACTOR, inverseDeviation } from "./batch_norm_rows.ts";
import { MIN_NORMAL, ULP } from "./bounds.ts";
import { valueOf } from "./expression.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** y = (x - mean) * scale / sqrt(variance + epsilon) + shift; then the operation of the epilogue. */
export function batchNorm(
  { x, statistics, scale, shift }: Inputs,
  params: Readonly<Record<string, number>>,
): Outputs {
  const { rows, columns, epilogue } = params;
  const y = expected(rows * columns);
  for (let i = 0; i < y.value.length; i++) {
    const row = Math.floor(i / columns);
    const inverse = inverseDeviation(statistics, params, row);
    const factor = scale[row] * inverse;
    const deviation = x[i] - statistics[row];
    const product = deviation * factor;
    const sum = product + shift[row];
    const error = Math.abs(product) * (FACTOR + 2 * ULP) +
      ULP * (Math.abs(product) + Math.abs(shift[row])) +
      MIN_NORMAL * (2 + 2 * Math.abs(factor) + Math.abs(deviation) * (1 + inverse));
    const { value, bound } = valueOf(operationOf(epilogue), { value: sum, bound: error });
    y.value[i] = value;
    y.bound[i] = bound;
  }
  return { y };
}
