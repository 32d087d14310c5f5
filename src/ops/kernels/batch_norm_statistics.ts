/**
 * Means and biased variances of the rows of `x` [rows, columns], into `statistics` [2, rows]. A row is made of runs of `batch`
 * columns, of which the first `step.examples` count and the others are padding. The variance is the mean square of deviations
 * from the mean, never a difference of large numbers.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overGroups, stepping } from "./grid.ts";
import { BESIDE } from "./stretches.ts";

/** The kernel `batch_norm_statistics`. */
export const batchNormStatistics: Kernel = {
  name: "batch_norm_statistics",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "step", access: "read", type: "u32" },
    { name: "statistics", access: "write", type: "f32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "columns", type: "u32" },
    { name: "batch", type: "u32" },
  ],
  gpu: {
    // A workgroup takes 1024 vectors of columns at a time, twice.
    dispatches: (p, traits) =>
      stepping(2 * Math.ceil(p.columns / 4096) + BESIDE, overGroups(p.rows, traits)),
  },
};
