/**
 * `dx` = the sum of `dy` over the regions whose first largest pixel, row by row, a pixel of `x` is; `y` holds the largest ones.
 * A region whose largest pixel is NaN gives its `dy` to none.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems, stepping } from "./grid.ts";
import { meetingSteps, pooledFrom, POOLING_PARAMS, regionSteps } from "./pooling.ts";

/** The kernel `max_pool_gradient`. */
export const maxPoolGradient: Kernel = {
  name: "max_pool_gradient",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "y", access: "read", type: "f32" },
    { name: "dy", access: "read", type: "f32" },
    { name: "dx", access: "write", type: "f32" },
  ],
  params: POOLING_PARAMS,
  gpu: {
    dispatches: (p, traits) =>
      stepping(meetingSteps(p, regionSteps(p)), overItems(pooledFrom(p), traits)),
  },
};
