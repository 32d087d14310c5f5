/**
 * Gradient of the active values of a sparse convolution: for connection s of row r, `gradient[s]` is the dot product of
 * `dy[r]` and input `index[s]` of all windows of `x`, over pixels and columns; see convolution.ts. Writes every one of the
 * `capacity` entries: padding inside a list and the tail behind the last list get 0.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { outElements, WINDOW_PARAMS } from "./convolution.ts";

/** The kernel `conv_sddmm`. */
export const convSddmm: Kernel = {
  name: "conv_sddmm",
  bindings: [
    { name: "span", access: "read", type: "u32" },
    { name: "index", access: "read", type: "u32" },
    { name: "dy", access: "read", type: "f32" },
    { name: "x", access: "read", type: "f32" },
    { name: "gradient", access: "write", type: "f32" },
  ],
  params: [
    ...WINDOW_PARAMS,
    { name: "capacity", type: "u32" },
    { name: "wide", type: "u32" },
  ],
  gpu: { wgsl: "", dispatches: () => [] },
  flops: (p) => 2 * p.capacity * outElements(p),
};
