/**
 * `y = factor[0] x`: a gradient that was computed for a loss by itself, times the derivative of what the loss went into.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overVectors } from "./grid.ts";

/** The kernel `scale_by`. */
export const scaleBy: Kernel = {
  name: "scale_by",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "factor", access: "read", type: "f32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: [
    { name: "length", type: "u32" },
  ],
  gpu: {
    dispatches: (p, traits) => overVectors(p.length, traits),
  },
};
