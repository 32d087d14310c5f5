/**
 * The columns of each example that `places` [count, examples] names: `y[f, k, e] = x[f, places[k, e], e]`, with `x`
 * [features, positions, examples] and `y` [features, count, examples]; 0 where the place is not below `positions`.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems } from "./grid.ts";

/** The kernel `gather_positions`. */
export const gatherPositions: Kernel = {
  name: "gather_positions",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "places", access: "read", type: "u32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: [
    { name: "features", type: "u32" },
    { name: "positions", type: "u32" },
    { name: "count", type: "u32" },
    { name: "examples", type: "u32" },
  ],
  gpu: {
    dispatches: (p, traits) => overItems(p.features * p.count * p.examples, traits),
  },
};
