/**
 * `gemm` in float64: see `src/ops/kernels/gemm.ts`.
 *
 * @module
 */
import { Sum } from "./bounds.ts";
import { finish } from "./epilogue.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** c = op(a) op(b), then the epilogue. */
export function gemm(
  { a, b, extra }: Inputs,
  { m, n, k, transposeA, transposeB, epilogue }: Readonly<Record<string, number>>,
): Outputs {
  const c = expected(m * n);
  for (let row = 0; row < m; row++) {
    for (let column = 0; column < n; column++) {
      const sum = new Sum();
      for (let i = 0; i < k; i++) {
        const left = transposeA ? a[i * m + row] : a[row * k + i];
        const right = transposeB ? b[column * k + i] : b[i * n + column];
        sum.product(left, right);
      }
      finish(sum, epilogue, extra, row, row * n + column, c);
    }
  }
  return { c };
}
