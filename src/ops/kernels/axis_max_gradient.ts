/**
 * Gradient of `axis_max`: `dx` is [outer, length, inner], `place` and `dy` are [outer, inner]; `dx[o, l, i]` is `dy[o, i]` where
 * `l` is `place[o, i]`, else 0.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { AXIS_PARAMS } from "./axis.ts";
import { overItems } from "./grid.ts";

/** The kernel `axis_max_gradient`. */
export const axisMaxGradient: Kernel = {
  name: "axis_max_gradient",
  bindings: [
    { name: "place", access: "read", type: "u32" },
    { name: "dy", access: "read", type: "f32" },
    { name: "dx", access: "write", type: "f32" },
  ],
  params: AXIS_PARAMS,
  gpu: {
    dispatches: ({ outer, length, inner }, traits) => overItems(outer * length * inner, traits),
  },
};
