/**
 * `dx` = the sum, over the regions that a pixel lies in, of `dy` divided by the number of pixels of the region that lie
 * inside the image.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems, stepping } from "./grid.ts";
import { meetingSteps, pooledFrom, POOLING_PARAMS } from "./pooling.ts";

/** The kernel `average_pool_gradient`. */
export const averagePoolGradient: Kernel = {
  name: "average_pool_gradient",
  bindings: [
    { name: "dy", access: "read", type: "f32" },
    { name: "dx", access: "write", type: "f32" },
  ],
  params: POOLING_PARAMS,
  gpu: {
    dispatches: (p, traits) => stepping(meetingSteps(p), overItems(pooledFrom(p), traits)),
  },
};
