/**
 * `attention` in float64: see `src/ops/kernels/attention.ts`.
 *
 * @module
 */
import { drawOf, eachQuery, pairOf, pairsOf, placeOf, softmaxOf } from "./attention_softmax.ts";
import { MIN_NORMAL, ULP } from "./bounds.ts";
import { isKept } from "./dropping.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** y is the sum of values by their probabilities, of every head, query and column. */
export function attention(inputs: Inputs, params: Readonly<Record<string, number>>): Outputs {
  const { v, step } = inputs;
  const { heads, depth, queries, keys, columns, threshold, factor } = params;
  const y = expected(heads * depth * queries * columns);
  const probabilities = expected(pairsOf(params));
  eachQuery(params, (head, query, column) => {
    const { p, bound } = softmaxOf(inputs, params, [head, query, column]);
    for (let key = 0; key < keys; key++) {
      const own = [head, query, key, column];
      const kept = threshold === 0 || isKept(drawOf(params, own), params, step);
      const at = pairOf(params, own);
      probabilities.value[at] = kept ? p[key] : -p[key];
      probabilities.bound[at] = bound[key];
      p[key] *= kept ? factor : 0;
      bound[key] = kept ? factor * bound[key] : 0;
    }
    for (let f = 0; f < depth; f++) {
      let value = 0, error = 0;
      for (let key = 0; key < keys; key++) {
        const one = v[placeOf(params, keys, [head, f, key, column])];
        value += p[key] * one;
        error += (bound[key] + (keys + 5) * ULP * p[key]) * Math.abs(one) + 2 * MIN_NORMAL;
      }
      const at = placeOf(params, queries, [head, f, query, column]);
      y.value[at] = value;
      y.bound[at] = error;
    }
  });
  return { y, probabilities };
}
