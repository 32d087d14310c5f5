/**
 * The gradient of `attention_tiled`: `gradients` are those of `q`, `k` and `v`, one behind the other, as `attention_gradient` says.
 * The probabilities are computed anew from `known`, which `attention_known` made.
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

/** Queries and keys of a block of the WASM kernel: see `wasm/src/kernels/attention_tiled_gradient.rs`. */
const BLOCK = 72;

/** The kernel `attention_tiled_gradient`. */
export const attentionTiledGradient: Kernel = {
  name: "attention_tiled_gradient",
  bindings: [
    { name: "q", access: "read", type: "f32" },
    { name: "k", access: "read", type: "f32" },
    { name: "v", access: "read", type: "f32" },
    { name: "known", access: "read", type: "f32" },
    { name: "dy", access: "read", type: "f32" },
    { name: "gradients", access: "write", type: "f32" },
  ],
  params: [...ATTENTION_PARAMS, { name: "factor", type: "f32" }],
  gpu: {
    dispatchParams: CHUNK_PARAMS,
    dispatches: (p, traits) =>
      inChunks(p, (some, first) => {
        const units = unitsOf(p);
        const pairs = overItems(scoresOf(some) / VECTOR, traits);
        const queries = overItems(units * p.depth * some.queries, traits);
        const keys = overItems(units * p.depth * p.keys, traits);
        return [
          ...entering("scores", inStretches(p.depth, { terms: 1 }, pairs)),
          ...entering("slopes", inStretches(p.depth, { terms: 1 }, pairs)),
          ...entering("to_queries", inStretches(p.keys, { terms: 1 }, queries)),
          ...entering("to_keys", inStretches(some.queries, { terms: 1 }, keys)).map((dispatch) => ({
            ...dispatch,
            // What comes later is added to what is there.
            constants: { ...dispatch.constants, ADDS: Number(first > 0) },
          })),
        ];
      }),
    // The probabilities of some queries, and the gradients of their scores.
    scratch: (p) => 8 * scoresOf({ ...p, queries: chunkOf(p) }),
  },
  scratch({ depth }) {
    const deep = wholeTiles(depth);
    return 4 * VECTOR * BLOCK * (9 * deep + 4 * BLOCK + 1);
  },
  flops: (p) => 10 * p.heads * p.depth * p.queries * p.keys * p.columns,
};
