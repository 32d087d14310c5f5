/**
 * `embedding` in float64: see `src/ops/kernels/embedding.ts`.
 *
 * @module
 */
import { CHAIN, Sum } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** y[f, c] = sum_p weights[p, c] table[tokens[p, c], f]. */
export function embedding(
  { tokens, table, weights }: Inputs,
  { vocabulary, features, positions, columns, weighted }: Readonly<Record<string, number>>,
): Outputs {
  const y = expected(features * columns);
  for (let feature = 0; feature < features; feature++) {
    for (let column = 0; column < columns; column++) {
      const sum = new Sum(CHAIN);
      for (let at = column; at < positions * columns; at += columns) {
        const weight = weighted === 0 ? 1 : weights[at];
        if (tokens[at] >= vocabulary || weight === 0) continue;
        sum.product(weight, table[tokens[at] * features + feature]);
      }
      y.value[feature * columns + column] = sum.value;
      y.bound[feature * columns + column] = sum.bound;
    }
  }
  return { y };
}
