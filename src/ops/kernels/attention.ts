/**
 * Attention that keeps its probabilities (Vaswani et al. 2017, equation 1), of every head and column:
 * `y[h, f, i, e] = sum over j of p[h, i, j, e] v[h, f, j, e]`, where `p` is the softmax over j of
 * `scale * sum over f of q[h, f, i, e] k[h, f, j, e]`. `q` and `y` are [heads * depth, queries, columns], `k` and `v`
 * [heads * depth, keys, columns].
 *
 * If `masked`, key j of column e is seen where `mask[j, e]`, [keys, columns], is above 0; if `causal`, query i sees the keys up to
 * `i + offset`. The probability of a key that is not seen is 0; a query that sees none gets zeros.
 *
 * `probabilities` are [heads, columns / 4, queries, keys, 4], columns filled up to four with zeros.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import {
  ATTENTION_PARAMS,
  entering,
  scoresOf,
  unitsOf,
  VECTOR,
  wholeTiles,
} from "./attention_sizes.ts";
import { overItems } from "./grid.ts";
import { inStretches, STRETCH_PARAMS } from "./stretches.ts";

/** Queries of a block of the WASM kernel: see `wasm/src/kernels/attention.rs`. */
const QUERIES = 24;

/** The kernel `attention`. */
export const attention: Kernel = {
  name: "attention",
  bindings: [
    { name: "q", access: "read", type: "f32" },
    { name: "k", access: "read", type: "f32" },
    { name: "v", access: "read", type: "f32" },
    { name: "mask", access: "read", type: "f32" },
    { name: "y", access: "write", type: "f32" },
    { name: "probabilities", access: "write", type: "f32" },
  ],
  params: ATTENTION_PARAMS,
  gpu: {
    dispatchParams: STRETCH_PARAMS,
    dispatches(p, traits) {
      const pairs = overItems(scoresOf(p) / VECTOR, traits);
      const queries = overItems(unitsOf(p) * p.queries, traits);
      const results = overItems(unitsOf(p) * p.depth * p.queries, traits);
      return [
        ...entering("scores", inStretches(p.depth, { terms: 1 }, pairs)),
        ...entering("statistics", inStretches(p.keys, { terms: 1 }, queries)),
        // One step, which is all that there is.
        ...entering("shares", inStretches(1, { terms: 1 }, pairs)),
        ...entering("values", inStretches(p.keys, { terms: 1 }, results)),
      ];
    },
    // The largest score and the sum of every query.
    scratch: (p) => 8 * VECTOR * unitsOf(p) * p.queries,
  },
  scratch: ({ keys, depth }) =>
    4 * VECTOR * (wholeTiles(keys) * (depth + wholeTiles(depth) + QUERIES) + QUERIES * depth),
  flops: (p) => 4 * p.heads * p.depth * p.queries * p.keys * p.columns,
};
