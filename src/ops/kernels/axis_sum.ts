/**
 * Sums along an axis, times a factor: `x` is [outer, length, inner], `y` [outer, inner]; `y[o, i] = scale * sum of x[o, l, i]`.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { AXIS_PARAMS } from "./axis.ts";
import { overItems } from "./grid.ts";
import { inStretches, STRETCH_PARAMS } from "./stretches.ts";

/** The kernel `axis_sum`. */
export const axisSum: Kernel = {
  name: "axis_sum",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: [
    ...AXIS_PARAMS,
    { name: "scale", type: "f32" },
  ],
  gpu: {
    dispatchParams: STRETCH_PARAMS,
    // An invocation adds blocks of terms, and the blocks.
    dispatches: ({ outer, length, inner }, traits) =>
      inStretches(length, { terms: 1, steps: 2 }, overItems(outer * inner, traits)),
  },
};
