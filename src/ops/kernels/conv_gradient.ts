/**
 * Gradient of the weight of a dense convolution: `gradient[r, i]` is the dot product of `dy[r]` and input i of all windows
 * of `x`, over pixels and columns; see convolution.ts.
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
  windowInputs,
  windowTiles,
} from "./convolution.ts";
import { overGroups } from "./grid.ts";
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
  gpu: {
    dispatchParams: [
      { name: "firstPixel", type: "u32" },
      { name: "somePixels", type: "u32" },
    ],
    dispatches,
  },
  scratch: (p) => panelBytes(p.rows, windowInputs(p), outElements(p)),
  flops: (p) => 2 * p.rows * outElements(p) * windowInputs(p),
};

/** A workgroup for four rows and inputs, once for each stretch of pixels. */
function dispatches(p: Params, traits: Traits): readonly Dispatch[] {
  const constants = windowConstants(p);
  return pixelStretches(p).flatMap(({ first, some }) => {
    const params = { firstPixel: first, somePixels: some };
    return overGroups(windowTiles(p.rows, p), traits)
      .map((dispatch) => ({ ...dispatch, constants, params, steps: pixelSteps(some, p) }));
  });
}
