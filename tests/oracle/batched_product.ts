/**
 * `batched_product` in float64: see `src/ops/kernels/batched_product.ts`.
 *
 * @module
 */
import { Sum } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** c[g, i, j, e] = sum of a[g, i, l, e] b[g, l, j, e] over l. */
export function batchedProduct(
  { a, b }: Inputs,
  { groups, m, n, k, columns, transposeA, transposeB }: Readonly<Record<string, number>>,
): Outputs {
  const c = expected(groups * m * n * columns);
  let at = 0;
  for (let g = 0; g < groups; g++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        for (let e = 0; e < columns; e++, at++) {
          const sum = new Sum();
          for (let l = 0; l < k; l++) {
            const left = g * m * k + (transposeA ? l * m + i : i * k + l);
            const right = g * n * k + (transposeB ? j * k + l : l * n + j);
            sum.product(a[left * columns + e], b[right * columns + e]);
          }
          c.value[at] = sum.value;
          c.bound[at] = sum.bound;
        }
      }
    }
  }
  return { c };
}
