/**
 * Gradient of the weight of a dense convolution: `gradient[r, i]` is the dot product of `dy[r]` and input i of all windows
 * of `x`, over pixels and columns; see convolution.ts.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { outElements, WINDOW_PARAMS, windowInputs } from "./convolution.ts";
import { panelBytes } from "./panel.ts";

/** The kernel `conv_gradient`. */
export const convGradient: Kernel = {
  name: "conv_gradient",
  bindings: [
    { name: "dy", access: "read", type: "f32" },
    { name: "x", access: "read", type: "f32" },
    { name: "gradient", access: "write", type: "f32" },
  ],
  params: [
    ...WINDOW_PARAMS,
  ],
  gpu: { wgsl: "", dispatches: () => [] },
  scratch: (p) => panelBytes(p.rows, windowInputs(p), outElements(p)),
  flops: (p) => 2 * p.rows * outElements(p) * windowInputs(p),
};
