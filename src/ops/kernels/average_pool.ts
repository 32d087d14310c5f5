/**
 * `y` = the mean of the pixels of every region of `x` that lie inside the image (see `pooling.ts`).
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems, stepping } from "./grid.ts";
import { pooledTo, POOLING_PARAMS, regionSteps } from "./pooling.ts";

/** The kernel `average_pool`. */
export const averagePool: Kernel = {
  name: "average_pool",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: POOLING_PARAMS,
  gpu: {
    dispatches: (p, traits) => stepping(regionSteps(p), overItems(pooledTo(p), traits)),
  },
};
