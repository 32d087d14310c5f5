/**
 * Mean of the first `step.examples` entries of `x` [columns], each weighted by the weight of its class:
 * `out[0] = sum_c weights[labels[c]] x[c] / total[0]` with `total[0] = sum_c weights[labels[c]]`; 0 where that is 0.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { oneGroup, stepping } from "./grid.ts";
import { BESIDE } from "./stretches.ts";

/** The kernel `weighted_mean`. */
export const weightedMean: Kernel = {
  name: "weighted_mean",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "labels", access: "read", type: "u32" },
    { name: "weights", access: "read", type: "f32" },
    { name: "step", access: "read", type: "u32" },
    { name: "out", access: "write", type: "f32" },
    { name: "total", access: "write", type: "f32" },
  ],
  params: [
    { name: "columns", type: "u32" },
    { name: "classes", type: "u32" },
  ],
  gpu: {
    // A workgroup takes 1024 entries at a time.
    dispatches: ({ columns }) => stepping(Math.ceil(columns / 1024) + BESIDE, oneGroup()),
  },
};
