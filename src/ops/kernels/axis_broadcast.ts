/**
 * The same along an axis, times a factor: `x` is [outer, inner], `y` [outer, length, inner]; `y[o, l, i] = scale * x[o, i]`.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { AXIS_PARAMS } from "./axis.ts";
import { overItems } from "./grid.ts";

/** The kernel `axis_broadcast`. */
export const axisBroadcast: Kernel = {
  name: "axis_broadcast",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: [
    ...AXIS_PARAMS,
    { name: "scale", type: "f32" },
  ],
  gpu: {
    dispatches: ({ outer, length, inner }, traits) => overItems(outer * length * inner, traits),
  },
};
