/**
 * `embedding_gradient` in float64: see `src/ops/kernels/embedding_gradient.ts`.
 *
 * @module
 */
import { CHAIN, Sum } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** gradient[t, f] = the sum of weights[p, c] dy[f, c] over the places (p, c) of token t. */
export function embeddingGradient(
  { start, order, weights, dy }: Inputs,
  { vocabulary, features, columns, weighted }: Readonly<Record<string, number>>,
): Outputs {
  const gradient = expected(vocabulary * features);
  for (let token = 0; token < vocabulary; token++) {
    for (let feature = 0; feature < features; feature++) {
      const sum = new Sum(CHAIN);
      for (let at = start[token]; at < start[token + 1]; at++) {
        const place = order[at];
        const weight = weighted === 0 ? 1 : weights[place];
        sum.product(weight, dy[feature * columns + place % columns]);
      }
      gradient.value[token * features + feature] = sum.value;
      gradient.bound[token * features + feature] = sum.bound;
    }
  }
  return { gradient };
}
