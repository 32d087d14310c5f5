/**
 * `attention_tiled_gradient` in float64: see `src/ops/kernels/attention_tiled_gradient.ts`.
 *
 * @module
 */
import { drawOf, exponentialError, rowOf, scoresOf } from "./attention_softmax.ts";
import { gradientsOf } from "./attention_sums.ts";
import { MIN_NORMAL } from "./bounds.ts";
import { isKept } from "./dropping.ts";
import type { Inputs, Outputs } from "./types.ts";

/** The gradients of q, k and v, of probabilities that are computed anew. */
export function attentionTiledGradient(
  inputs: Inputs,
  params: Readonly<Record<string, number>>,
): Outputs {
  const { known, step } = inputs;
  const { heads, queries, columns, threshold } = params;
  const mask = known.subarray(3 * heads * queries * columns);
  return gradientsOf(inputs, params, (...at) => {
    const { scores, error } = scoresOf({ ...inputs, mask }, { ...params, masked: 1 }, at);
    const [largest, factor, product] = [0, 1, 2].map((which) => known[rowOf(params, which, at)]);
    return {
      p(key) {
        if (scores[key] === -Infinity) return { value: 0, bound: 0 };
        const share = Math.exp(scores[key] - largest) * factor;
        const [head, query, column] = at;
        const kept = threshold === 0 ||
          isKept(drawOf(params, [head, query, key, column]), params, step);
        const relative = exponentialError(scores[key], largest, error);
        return { value: kept ? share : -share, bound: share * relative + 2 * MIN_NORMAL };
      },
      product: { value: product, bound: 0 },
    };
  });
}
