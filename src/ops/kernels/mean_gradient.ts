/**
 * Gradient of the mean: `dx[c] = dout[0] / step.examples` for c < step.examples, else 0.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overVectors } from "./grid.ts";

/** The kernel `mean_gradient`. */
export const meanGradient: Kernel = {
  name: "mean_gradient",
  bindings: [
    { name: "dout", access: "read", type: "f32" },
    { name: "step", access: "read", type: "u32" },
    { name: "dx", access: "write", type: "f32" },
  ],
  params: [
    { name: "columns", type: "u32" },
  ],
  gpu: {
    dispatches: (p, traits) => overVectors(p.columns, traits),
  },
};
