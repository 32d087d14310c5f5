/**
 * Gradient of the weighted mean: `dx[c] = dout[0] weights[labels[c]] / total[0]` for c < step.examples, else 0; 0 where
 * `total[0]` is.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems } from "./grid.ts";

/** The kernel `weighted_mean_gradient`. */
export const weightedMeanGradient: Kernel = {
  name: "weighted_mean_gradient",
  bindings: [
    { name: "dout", access: "read", type: "f32" },
    { name: "labels", access: "read", type: "u32" },
    { name: "weights", access: "read", type: "f32" },
    { name: "total", access: "read", type: "f32" },
    { name: "step", access: "read", type: "u32" },
    { name: "dx", access: "write", type: "f32" },
  ],
  params: [
    { name: "columns", type: "u32" },
    { name: "classes", type: "u32" },
  ],
  gpu: {
    dispatches: (p, traits) => overItems(p.columns, traits),
  },
};
