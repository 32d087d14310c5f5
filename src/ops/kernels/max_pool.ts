/**
 * `y` = the largest pixel of every region of `x` (see `pooling.ts`); NaN if one of them is.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems, stepping } from "./grid.ts";
import { pooledTo, POOLING_PARAMS, regionSteps } from "./pooling.ts";

/** The kernel `max_pool`. */
export const maxPool: Kernel = {
  name: "max_pool",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: POOLING_PARAMS,
  gpu: {
    dispatches: (p, traits) => stepping(regionSteps(p), overItems(pooledTo(p), traits)),
  },
};
