/**
 * `batch_norm_sums` in float64: see `src/ops/kernels/batch_norm_sums.ts`.
 *
 * @module
 */
import { FACTOR, inverseDeviation } from "./batch_norm_rows.ts";
import { CHAIN, MIN_NORMAL, Sum, ULP } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** dshift = the sum of dy; dscale = that of dy * (x - mean) / sqrt(variance + epsilon). */
export function batchNormSums(
  { dy, x, statistics }: Inputs,
  params: Readonly<Record<string, number>>,
): Outputs {
  const { rows, columns } = params;
  const dscale = expected(rows);
  const dshift = expected(rows);
  for (let row = 0; row < rows; row++) {
    const inverse = inverseDeviation(statistics, params, row);
    const sum = new Sum(CHAIN);
    const products = new Sum(CHAIN);
    for (let i = row * columns; i < (row + 1) * columns; i++) {
      sum.add(dy[i]);
      products.product(dy[i], x[i] - statistics[row]);
    }
    dshift.value[row] = sum.value;
    dshift.bound[row] = sum.bound;
    dscale.value[row] = products.value * inverse;
    // The differences were rounded too, and then the factor and the product.
    dscale.bound[row] = inverse * (products.bound + ULP * products.magnitude) +
      (FACTOR + ULP) * Math.abs(dscale.value[row]) + MIN_NORMAL * (1 + inverse);
  }
  return { dscale, dshift };
}
