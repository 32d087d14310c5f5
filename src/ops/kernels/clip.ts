/**
 * Global-norm clipping: with norm = sqrt(sum of the first `count` entries of `partial`),
 * `clip[0] = min(1, maxNorm / norm)` (1 where the norm is 0) and `norm[0] = norm`.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { LANE_STEPS, oneGroup, stepping } from "./grid.ts";

/** The kernel `clip`. */
export const clip: Kernel = {
  name: "clip",
  bindings: [
    { name: "partial", access: "read", type: "f32" },
    { name: "clip", access: "write", type: "f32" },
    { name: "norm", access: "write", type: "f32" },
  ],
  params: [
    { name: "count", type: "u32" },
    { name: "maxNorm", type: "f32" },
  ],
  gpu: {
    dispatches: ({ count }) => stepping(Math.ceil(count / 64) + 1 + LANE_STEPS, oneGroup()),
  },
};
