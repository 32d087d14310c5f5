/**
 * Gradient of the active values of a sparse convolution: for connection s of row r, `gradient[s]` is the dot product of
 * `dy[r]` and input `index[s]` of all windows of `x`, over pixels and columns; see convolution.ts. Writes every one of the
 * `capacity` entries: padding inside a list and the tail behind the last list get 0.
 *
 * @module
 */
import type { Dispatch, Kernel, Params, Traits } from "../../device/kernel.ts";
import {
  outElements,
  pixelSteps,
  pixelStretches,
  WINDOW_PARAMS,
  windowConstants,
} from "./convolution.ts";
import { overGroups } from "./grid.ts";

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
  gpu: {
    dispatchParams: [
      { name: "firstPixel", type: "u32" },
      { name: "somePixels", type: "u32" },
    ],
    dispatches,
  },
  flops: (p) => 2 * p.capacity * outElements(p),
};

/** A workgroup for four connections, once for each stretch of pixels. */
function dispatches(p: Params, traits: Traits): readonly Dispatch[] {
  const constants = { ...windowConstants(p), WIDE: p.wide };
  return pixelStretches(p).flatMap(({ first, some }) => {
    const params = { firstPixel: first, somePixels: some };
    return overGroups(p.capacity / 4, traits)
      .map((dispatch) => ({ ...dispatch, constants, params, steps: pixelSteps(some, p) }));
  });
}
