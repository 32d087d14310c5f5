/**
 * The largest along an axis and where it is: `x` is [outer, length, inner], `y` and `place` are [outer, inner]; `y[o, i]` is the
 * largest of `x[o, l, i]`, NaN if one of them is, and `place[o, i]` the first `l` where it is.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { AXIS_PARAMS } from "./axis.ts";
import { overItems } from "./grid.ts";
import { inStretches, STRETCH_PARAMS } from "./stretches.ts";

/** The kernel `axis_max`. */
export const axisMax: Kernel = {
  name: "axis_max",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "y", access: "write", type: "f32" },
    { name: "place", access: "write", type: "u32" },
  ],
  params: AXIS_PARAMS,
  gpu: {
    dispatchParams: STRETCH_PARAMS,
    dispatches: ({ outer, length, inner }, traits) =>
      inStretches(length, { terms: 1 }, overItems(outer * inner, traits)),
  },
};
