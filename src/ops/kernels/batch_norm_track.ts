/**
 * Running statistics follow those of a batch: `running += momentum * (statistics - running)`, both [2, rows]. The variance of
 * the batch counts as its unbiased estimate, n / (n - 1) times the biased one with n = `runs * step.examples` elements in a row
 * (as it is where n is 1): what PyTorch does.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems } from "./grid.ts";

/** The kernel `batch_norm_track`. */
export const batchNormTrack: Kernel = {
  name: "batch_norm_track",
  bindings: [
    { name: "running", access: "readwrite", type: "f32" },
    { name: "statistics", access: "read", type: "f32" },
    { name: "step", access: "read", type: "u32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "runs", type: "u32" },
    { name: "momentum", type: "f32" },
  ],
  gpu: {
    dispatches: (p, traits) => overItems(p.rows, traits),
  },
};
