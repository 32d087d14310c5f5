/**
 * `gemm_add` in float64: see `src/ops/kernels/gemm_add.ts`.
 *
 * @module
 */
import { Sum } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** c += op(a) op(b). */
export function gemmAdd(
  { a, b, c }: Inputs,
  { m, n, k, transposeA, transposeB }: Readonly<Record<string, number>>,
): Outputs {
  const out = expected(m * n);
  for (let row = 0; row < m; row++) {
    for (let column = 0; column < n; column++) {
      const sum = new Sum();
      sum.add(c[row * n + column]);
      for (let i = 0; i < k; i++) {
        const left = transposeA ? a[i * m + row] : a[row * k + i];
        const right = transposeB ? b[column * k + i] : b[i * n + column];
        sum.product(left, right);
      }
      out.value[row * n + column] = sum.value;
      out.bound[row * n + column] = sum.bound;
    }
  }
  return { c: out };
}
