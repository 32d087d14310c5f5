/**
 * Attention that keeps no probabilities: `y` is that of `attention`, and no number is kept for each query and key, but two for each
 * query. `statistics` are [2, heads, queries, columns]: the largest score that a query sees, and 1 over the sum of the
 * exponentials of its scores less that. A query that sees no key has 0 for the second. The probabilities that are dropped are those
 * that `attention` drops.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import {
  ATTENTION_PARAMS,
  BLOCK,
  CHUNK_PARAMS,
  chunkOf,
  eights,
  entering,
  fours,
  inChunks,
  keptOf,
  panelsOf,
} from "./attention_sizes.ts";
import { DROPPING_PARAMS } from "./dropping.ts";

/** The kernel `attention_tiled`. */
export const attentionTiled: Kernel = {
  name: "attention_tiled",
  bindings: [
    { name: "q", access: "read", type: "f32" },
    { name: "k", access: "read", type: "f32" },
    { name: "v", access: "read", type: "f32" },
    { name: "mask", access: "read", type: "f32" },
    { name: "step", access: "read", type: "u32" },
    { name: "y", access: "write", type: "f32" },
    { name: "statistics", access: "write", type: "f32" },
  ],
  params: [...ATTENTION_PARAMS, ...DROPPING_PARAMS],
  gpu: {
    dispatchParams: CHUNK_PARAMS,
    dispatches: (p, traits) =>
      inChunks(p, traits, chunkOf(p), ({ queries, pairs, tiles, results }) => [
        ...entering("scores", p.depth, pairs),
        ...entering("largest_and_sum", p.keys, queries),
        ...entering("shares", 1, tiles),
        ...entering("values", p.keys, results),
      ]),
    // The scores of some queries.
    scratch: (p) => 4 * keptOf({ ...p, queries: chunkOf(p) }),
  },
  scratch({ depth, keys }) {
    const panel = fours(depth) * BLOCK;
    const panels = panelsOf(panel, panel, panel, panel, BLOCK, BLOCK, eights(keys));
    return 4 * (panels + 16 * BLOCK);
  },
  flops: (p) => 4 * p.heads * p.depth * p.queries * p.keys * p.columns,
};
