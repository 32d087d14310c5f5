/**
 * Gradient of `axis_softmax`: all are [outer, length, inner]; `dx[o, l, i] = y[o, l, i] (dy[o, l, i] - sum over m of y[o, m, i]
 * dy[o, m, i])`.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { AXIS_PARAMS } from "./axis.ts";
import { overItems } from "./grid.ts";
import { inStretches, STRETCH_PARAMS } from "./stretches.ts";

/** The kernel `axis_softmax_gradient`. */
export const axisSoftmaxGradient: Kernel = {
  name: "axis_softmax_gradient",
  bindings: [
    { name: "y", access: "read", type: "f32" },
    { name: "dy", access: "read", type: "f32" },
    { name: "dx", access: "write", type: "f32" },
  ],
  params: AXIS_PARAMS,
  gpu: {
    dispatchParams: STRETCH_PARAMS,
    dispatches: ({ outer, length, inner }, traits) => [
      ...inStretches(length, { terms: 1 }, overItems(outer * inner, traits))
        .map((dispatch) => ({ ...dispatch, entry: "products" })),
      // One step, which is all that there is.
      ...inStretches(1, { terms: 1 }, overItems(outer * length * inner, traits))
        .map((dispatch) => ({ ...dispatch, entry: "slopes" })),
    ],
    // The sum of every line.
    scratch: ({ outer, inner }) => 4 * outer * inner,
  },
};
