/**
 * Attention that keeps its probabilities (Vaswani et al. 2017, equation 1), of every head and column:
 * `y[h, f, i, e] = sum over j of p[h, i, j, e] v[h, f, j, e]`, where `p` is the softmax over j of
 * `scale * sum over f of q[h, f, i, e] k[h, f, j, e]`. `q` and `y` are [heads * depth, queries, columns], `k` and `v`
 * [heads * depth, keys, columns].
 *
 * If `masked`, key j of column e is seen where `mask[j, e]`, [keys, columns], is above 0; if `causal`, query i sees the keys up to
 * `i + offset`. The probability of a key that is not seen is 0; a query that sees none gets zeros.
 *
 * What is dropped of the probabilities (Vaswani et al. 2017, section 5.4) is an element of `dropping.ts`, where those of four keys and
 * eight queries are one group. `y` then sums `factor` times the others.
 *
 * `probabilities` are [heads, columns, queries / 8, keys, 8], filled up with zeros; what was dropped is kept below 0.
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
  panelsOf,
} from "./attention_sizes.ts";
import { DROPPING_PARAMS } from "./dropping.ts";

/** The kernel `attention`. */
export const attention: Kernel = {
  name: "attention",
  bindings: [
    { name: "q", access: "read", type: "f32" },
    { name: "k", access: "read", type: "f32" },
    { name: "v", access: "read", type: "f32" },
    { name: "mask", access: "read", type: "f32" },
    { name: "step", access: "read", type: "u32" },
    { name: "y", access: "write", type: "f32" },
    { name: "probabilities", access: "write", type: "f32" },
  ],
  params: [...ATTENTION_PARAMS, ...DROPPING_PARAMS],
  gpu: {
    dispatchParams: CHUNK_PARAMS,
    dispatches: (p, traits) =>
      inChunks(p, traits, p.queries, ({ queries, pairs, tiles, results }) => [
        ...entering("scores", p.depth, pairs),
        ...entering("statistics", p.keys, queries),
        ...entering("shares", 1, tiles),
        ...entering("values", p.keys, results),
      ]),
    // The largest score and the sum of every query.
    scratch: ({ heads, columns, queries }) => 8 * heads * columns * eights(queries),
  },
  scratch({ depth, queries, keys }) {
    const [ofKeys, ofQueries] = [keys, queries].map((n) => fours(depth) * eights(n));
    return 4 * (panelsOf(ofKeys, ofKeys, ofQueries, ofQueries) + eights(keys) + 8 * keys);
  },
  flops: (p) => 4 * p.heads * p.depth * p.queries * p.keys * p.columns,
};
