/**
 * `attention_gradient` in float64: see `src/ops/kernels/attention_gradient.ts`.
 *
 * @module
 */
import { dot, pairOf } from "./attention_softmax.ts";
import { gradientsOf } from "./attention_sums.ts";
import type { Inputs, Outputs } from "./types.ts";

/** The gradients of q, k and v, of probabilities that were kept. */
export function attentionGradient(
  inputs: Inputs,
  params: Readonly<Record<string, number>>,
): Outputs {
  const { y, dy, probabilities } = inputs;
  const { queries } = params;
  return gradientsOf(inputs, params, (head, query, column) => ({
    p: (key) => ({ value: probabilities[pairOf(params, [head, query, key, column])], bound: 0 }),
    product: dot(params, [y, queries, query], [dy, queries, query], [head, column]),
  }));
}
