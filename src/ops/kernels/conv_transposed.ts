/**
 * Gradient of the image of a dense convolution: every pixel of `dx` collects `weight * dy` from the windows that it is in;
 * see convolution.ts. `epilogue` as in {@linkcode EPILOGUE}; `extra` is the gate, of the shape of `dx`.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { imageElements, outElements, WINDOW_PARAMS, windowInputs } from "./convolution.ts";
import { panelBytes } from "./panel.ts";

/** The kernel `conv_transposed`. */
export const convTransposed: Kernel = {
  name: "conv_transposed",
  bindings: [
    { name: "weight", access: "read", type: "f32" },
    { name: "dy", access: "read", type: "f32" },
    { name: "extra", access: "read", type: "f32" },
    { name: "dx", access: "write", type: "f32" },
  ],
  params: [
    ...WINDOW_PARAMS,
    { name: "epilogue", type: "u32" },
  ],
  gpu: { wgsl: "", dispatches: () => [] },
  scratch: (p) => panelBytes(p.channels, imageElements(p), p.rows * p.kernelHeight * p.kernelWidth),
  flops: (p) => 2 * p.rows * outElements(p) * windowInputs(p),
};
