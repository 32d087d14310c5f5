/**
 * `gemv` in float64: see `src/ops/kernels/gemv.ts`.
 *
 * @module
 */
import { Sum } from "./bounds.ts";
import { finish } from "./epilogue.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** y[i] = the sum over j of a[i, j] * x[j], then the epilogue. */
export function gemv(
  { a, x, extra }: Inputs,
  { m, k, epilogue }: Readonly<Record<string, number>>,
): Outputs {
  const y = expected(m);
  for (let row = 0; row < m; row++) {
    const sum = new Sum();
    for (let i = 0; i < k; i++) sum.product(a[row * k + i], x[i]);
    finish(sum, epilogue, extra, row, row, y);
  }
  return { y };
}
