/**
 * The gradient of `attention_tiled`: `gradients` are those of `q`, `k` and `v`, one behind the other, as `attention_gradient` says.
 * The probabilities are computed anew from `known`, which `attention_known` made.
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

/** The kernel `attention_tiled_gradient`. */
export const attentionTiledGradient: Kernel = {
  name: "attention_tiled_gradient",
  bindings: [
    { name: "q", access: "read", type: "f32" },
    { name: "k", access: "read", type: "f32" },
    { name: "v", access: "read", type: "f32" },
    { name: "known", access: "read", type: "f32" },
    { name: "step", access: "read", type: "u32" },
    { name: "dy", access: "read", type: "f32" },
    { name: "gradients", access: "write", type: "f32" },
  ],
  params: [...ATTENTION_PARAMS, ...DROPPING_PARAMS],
  gpu: {
    dispatchParams: CHUNK_PARAMS,
    dispatches: (p, traits) =>
      inChunks(p, traits, chunkOf(p), ({ pairs, tiles, results, keys }, { first, vectors }) => [
        ...entering("scores", p.depth, pairs),
        ...entering("shares", 1, tiles),
        ...entering("slopes", p.depth, pairs),
        ...entering("to_queries", p.keys, results),
        ...entering("to_keys", vectors, keys).map((dispatch) => ({
          ...dispatch,
          // What comes later is added to what is there.
          constants: { ...dispatch.constants, ADDS: Number(first > 0) },
        })),
      ]),
    // The probabilities of some queries, and the gradients of their scores.
    scratch: (p) => 8 * keptOf({ ...p, queries: chunkOf(p) }),
  },
  scratch({ depth, keys }) {
    const panels = Array.from({ length: 7 }, () => fours(depth) * BLOCK);
    const positions = [depth * BLOCK, depth * BLOCK];
    const rows = [BLOCK, BLOCK, BLOCK, eights(keys)];
    return 4 * (panelsOf(...panels, ...positions, ...rows) + BLOCK * (4 * BLOCK + 8));
  },
  flops: (p) => 10 * p.heads * p.depth * p.queries * p.keys * p.columns,
};
