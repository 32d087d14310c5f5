/**
 * Dense convolution: row r of `y` is the product of row r of `weight` with the windows of `x`; see convolution.ts. `epilogue`
 * as in {@linkcode EPILOGUE}; `extra` is the bias [rows] or the gate, of the shape of `y`.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { outElements, WINDOW_PARAMS, windowInputs } from "./convolution.ts";
import { panelBytes } from "./panel.ts";

/** The kernel `conv`. */
export const conv: Kernel = {
  name: "conv",
  bindings: [
    { name: "weight", access: "read", type: "f32" },
    { name: "x", access: "read", type: "f32" },
    { name: "extra", access: "read", type: "f32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: [
    ...WINDOW_PARAMS,
    { name: "epilogue", type: "u32" },
  ],
  gpu: { wgsl: "", dispatches: () => [] },
  scratch: (p) => panelBytes(p.rows, outElements(p), windowInputs(p)),
  flops: (p) => 2 * p.rows * outElements(p) * windowInputs(p),
};
