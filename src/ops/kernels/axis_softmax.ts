/**
 * The softmax along an axis: `x` and `y` are [outer, length, inner]; `y[o, l, i]` is `exp(x[o, l, i])` over the sum of those of all
 * `l`, with the largest subtracted first.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { AXIS_PARAMS } from "./axis.ts";
import { overItems } from "./grid.ts";
import { inStretches, STRETCH_PARAMS } from "./stretches.ts";

/** The kernel `axis_softmax`. */
export const axisSoftmax: Kernel = {
  name: "axis_softmax",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: AXIS_PARAMS,
  gpu: {
    dispatchParams: STRETCH_PARAMS,
    dispatches: ({ outer, length, inner }, traits) => [
      ...inStretches(length, { terms: 1 }, overItems(outer * inner, traits))
        .map((dispatch) => ({ ...dispatch, entry: "statistics" })),
      // One step, which is all that there is.
      ...inStretches(1, { terms: 1 }, overItems(outer * length * inner, traits))
        .map((dispatch) => ({ ...dispatch, entry: "shares" })),
    ],
    // The largest and the sum of every line.
    scratch: ({ outer, inner }) => 8 * outer * inner,
  },
};
