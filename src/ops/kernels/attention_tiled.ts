/**
 * Attention that keeps no probabilities: `y` is that of `attention`, and no number is kept for each query and key, but two for each
 * query. `statistics` are [2, heads, queries, columns]: the largest score that a query sees, and 1 over the sum of the
 * exponentials of its scores less that. A query that sees no key has 0 for the second.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import {
  ATTENTION_PARAMS,
  CHUNK_PARAMS,
  chunkOf,
  entering,
  inChunks,
  scoresOf,
  unitsOf,
  VECTOR,
  wholeTiles,
} from "./attention_sizes.ts";
import { overItems } from "./grid.ts";
import { inStretches } from "./stretches.ts";

/** Queries and keys of a block of the WASM kernel: see `wasm/src/kernels/attention_tiled.rs`. */
const BLOCK = 96;

/** The kernel `attention_tiled`. */
export const attentionTiled: Kernel = {
  name: "attention_tiled",
  bindings: [
    { name: "q", access: "read", type: "f32" },
    { name: "k", access: "read", type: "f32" },
    { name: "v", access: "read", type: "f32" },
    { name: "mask", access: "read", type: "f32" },
    { name: "y", access: "write", type: "f32" },
    { name: "statistics", access: "write", type: "f32" },
  ],
  params: ATTENTION_PARAMS,
  gpu: {
    dispatchParams: CHUNK_PARAMS,
    dispatches: (p, traits) =>
      inChunks(p, (some) => {
        const pairs = overItems(scoresOf(some) / VECTOR, traits);
        const queries = overItems(unitsOf(some) * some.queries, traits);
        const results = overItems(unitsOf(some) * some.depth * some.queries, traits);
        return [
          ...entering("scores", inStretches(p.depth, { terms: 1 }, pairs)),
          ...entering("largest_and_sum", inStretches(p.keys, { terms: 1 }, queries)),
          // One step, which is all that there is.
          ...entering("shares", inStretches(1, { terms: 1 }, pairs)),
          ...entering("values", inStretches(p.keys, { terms: 1 }, results)),
        ];
      }),
    // The scores of some queries.
    scratch: (p) => 4 * scoresOf({ ...p, queries: chunkOf(p) }),
  },
  scratch: ({ depth }) => 4 * VECTOR * BLOCK * (4 * wholeTiles(depth) + BLOCK + 2),
  flops: (p) => 4 * p.heads * p.depth * p.queries * p.keys * p.columns,
};
