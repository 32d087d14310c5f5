/**
 * Puts a column of each example where `places` [examples] says: `y[f, places[e], e] = x[f, e]`, with `x` [features, examples] and
 * `y` [features, positions, examples], the rest of which stays. Where the place is not below `positions` nothing is put.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems } from "./grid.ts";

/** The kernel `put_position`. */
export const putPosition: Kernel = {
  name: "put_position",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "places", access: "read", type: "u32" },
    { name: "y", access: "readwrite", type: "f32" },
  ],
  params: [
    { name: "features", type: "u32" },
    { name: "positions", type: "u32" },
    { name: "examples", type: "u32" },
  ],
  gpu: {
    dispatches: (p, traits) => overItems(p.features * p.examples, traits),
  },
};
