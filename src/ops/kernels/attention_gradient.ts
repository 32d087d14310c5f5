/**
 * The gradient of `attention`, which kept its probabilities: `gradients` are those of `q`, `k` and `v`, one behind the other, from
 * `dy`, that of `y`. With `dp[h, i, j, e] = factor * sum over f of dy[h, f, i, e] v[h, f, j, e]` and
 * `ds = scale * |p| (dp - sum over f of y dy)`, `dq` sums `ds k` over the keys, `dk` sums `ds q` and `dv` sums `factor * p dy` over
 * the queries.
 *
 * A probability below 0 is one that was dropped: it passes neither values nor gradients. `factor` is what the others were
 * multiplied by.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import {
  ATTENTION_PARAMS,
  CHUNK_PARAMS,
  eights,
  entering,
  fours,
  inChunks,
  keptOf,
  panelsOf,
} from "./attention_sizes.ts";

/** The kernel `attention_gradient`. */
export const attentionGradient: Kernel = {
  name: "attention_gradient",
  bindings: [
    { name: "q", access: "read", type: "f32" },
    { name: "k", access: "read", type: "f32" },
    { name: "v", access: "read", type: "f32" },
    { name: "y", access: "read", type: "f32" },
    { name: "dy", access: "read", type: "f32" },
    { name: "probabilities", access: "read", type: "f32" },
    { name: "gradients", access: "write", type: "f32" },
  ],
  params: [...ATTENTION_PARAMS, { name: "factor", type: "f32" }],
  gpu: {
    dispatchParams: CHUNK_PARAMS,
    dispatches: (p, traits) =>
      inChunks(p, traits, p.queries, ({ queries, pairs, results, keys }, { vectors }) => [
        ...entering("products", p.depth, queries),
        ...entering("scores", p.depth, pairs),
        ...entering("to_queries", p.keys, results),
        ...entering("to_keys", vectors, keys),
      ]),
    // The product of y and dy of every query, and the gradients of the scores.
    scratch: (p) => 4 * (p.heads * p.columns * eights(p.queries) + keptOf(p)),
  },
  scratch({ depth, queries, keys }) {
    const [deep, wide, high] = [fours(depth), eights(keys), eights(queries)];
    const ofQueries = deep * high;
    const panels = panelsOf(deep * wide, deep * wide, ofQueries, ofQueries, ofQueries, high);
    return 4 * (panels + 3 * wide * high);
  },
  flops: (p) => 8 * p.heads * p.depth * p.queries * p.keys * p.columns,
};
