/**
 * Gradients of `feature_norm`: with `h = (x - m) * d` of its statistics [2, columns] and `g[r, c] = gain[r] * dy[r, c]`,
 * `dx = d * (g - mean of g - h * mean of g h)`, where the means are those of a column, and that of g is 0 where `centred` is 0.
 * `dgain` and `dbias` [chunks, rows] are the sums of `dy h` and of `dy` over each `chunk` of a row: a multiple of 4, by which threads
 * share the columns, so that no sum depends on their number. Where `dy` is 0 in a column, as in padding, so is `dx`.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { normDispatches, normScratch } from "./feature_norm.ts";
import { LANE_STEPS, overGroups, stepping } from "./grid.ts";

/** Columns of which the kernel of WASM knows sums at a time; mirrored by `wasm/src/kernels/feature_norm.rs`. */
export const NORM_TILE = 4096;

/** Invocations of a workgroup. */
const LANES = 64;

/** The kernel `feature_norm_gradient`. */
export const featureNormGradient: Kernel = {
  name: "feature_norm_gradient",
  bindings: [
    { name: "dy", access: "read", type: "f32" },
    { name: "x", access: "read", type: "f32" },
    { name: "statistics", access: "read", type: "f32" },
    { name: "gain", access: "read", type: "f32" },
    { name: "dgain", access: "write", type: "f32" },
    { name: "dbias", access: "write", type: "f32" },
    { name: "dx", access: "write", type: "f32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "columns", type: "u32" },
    { name: "chunk", type: "u32" },
    { name: "centred", type: "u32" },
  ],
  gpu: {
    dispatches(p, traits) {
      const chunks = Math.ceil(p.columns / p.chunk) * p.rows;
      // An invocation of a workgroup adds a share of a chunk; then the workgroup adds up two sums.
      const steps = Math.ceil(p.chunk / LANES) + 1 + 2 * LANE_STEPS;
      return [
        ...normDispatches(p, traits, 1),
        ...stepping(steps, overGroups(chunks, traits), "chunks"),
      ];
    },
    scratch: normScratch,
  },
  // Two numbers for each column of a tile, which is of whole chunks.
  scratch: ({ chunk }) => 8 * Math.max(Math.floor(NORM_TILE / chunk), 1) * chunk,
};
