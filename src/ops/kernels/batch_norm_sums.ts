/**
 * Gradients of the scale and the shift of a batch normalisation: `dshift[r]` is the sum of row r of `dy` [rows, columns],
 * `dscale[r]` that of `dy * (x - mean[r]) / sqrt(variance[r] + epsilon)`. `dy` is 0 where columns are padding.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overGroups, stepping } from "./grid.ts";
import { BESIDE } from "./stretches.ts";

/** The kernel `batch_norm_sums`. */
export const batchNormSums: Kernel = {
  name: "batch_norm_sums",
  bindings: [
    { name: "dy", access: "read", type: "f32" },
    { name: "x", access: "read", type: "f32" },
    { name: "statistics", access: "read", type: "f32" },
    { name: "dscale", access: "write", type: "f32" },
    { name: "dshift", access: "write", type: "f32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "columns", type: "u32" },
    { name: "epsilon", type: "f32" },
  ],
  gpu: {
    // A workgroup takes 1024 vectors of columns at a time.
    dispatches: (p, traits) =>
      stepping(Math.ceil(p.columns / 4096) + BESIDE, overGroups(p.rows, traits)),
  },
};
