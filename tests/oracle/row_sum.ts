/**
 * `row_sum` in float64: see `src/ops/kernels/row_sum.ts`.
 *
 * @module
 */
import { CHAIN, Sum } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** out[r] = the sum of row r. */
export function rowSum(
  { x }: Inputs,
  { rows, columns }: Readonly<Record<string, number>>,
): Outputs {
  const out = expected(rows);
  for (let row = 0; row < rows; row++) {
    const sum = new Sum(CHAIN);
    for (let column = 0; column < columns; column++) sum.add(x[row * columns + column]);
    out.value[row] = sum.value;
    out.bound[row] = sum.bound;
  }
  return { out };
}
