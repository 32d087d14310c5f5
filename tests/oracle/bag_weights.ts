/**
 * `bag_weights` in float64: see `src/ops/kernels/bag_weights.ts`.
 *
 * @module
 */
import { CHAIN, DIVISION, MIN_NORMAL, Sum } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** out[p, c] = the weight of a token, 0 for padding; with `mean` divided by the sum of its column's. */
export function bagWeights(
  { tokens, weights }: Inputs,
  { positions, columns, padding, mean, weighted }: Readonly<Record<string, number>>,
): Outputs {
  const out = expected(positions * columns);
  for (let column = 0; column < columns; column++) {
    const sum = new Sum(CHAIN);
    for (let at = column; at < positions * columns; at += columns) {
      const weight = tokens[at] === padding ? 0 : weighted === 0 ? 1 : weights[at];
      out.value[at] = weight;
      sum.add(weight);
    }
    if (mean === 0) continue;
    // Of weights of one sign: what rounding does to their sum, then the division.
    const relative = sum.value === 0 ? 0 : sum.bound / Math.abs(sum.value) + DIVISION;
    for (let at = column; at < positions * columns; at += columns) {
      out.value[at] = sum.value === 0 ? 0 : out.value[at] / sum.value;
      out.bound[at] = 1.01 * relative * Math.abs(out.value[at]) + MIN_NORMAL;
    }
  }
  return { out };
}
