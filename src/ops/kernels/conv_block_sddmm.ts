/**
 * Gradient of the active units of a sparse convolution: with unit s of row of units R, its row r and its input c,
 * `gradient[s, c, r]` is the dot product of `dy[R * unitHeight + r]` and input `index[s] * unitWidth + c` of all windows of
 * `x`, over pixels and columns; see convolution.ts, and block_sddmm.ts for the units. `gradient` is
 * `[capacity, unitWidth, unitHeight]` and written whole: padding, tail and what lies outside the matrix get 0.
 *
 * @module
 */
import type { Dispatch, Kernel, Params, Traits } from "../../device/kernel.ts";
import {
  pixelSteps,
  pixelStretches,
  UNIT_PARAMS,
  unitFlops,
  WINDOW_PARAMS,
  windowConstants,
} from "./convolution.ts";
import { overGroups } from "./grid.ts";

/** The kernel `conv_block_sddmm`. */
export const convBlockSddmm: Kernel = {
  name: "conv_block_sddmm",
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
    ...UNIT_PARAMS,
  ],
  gpu: {
    dispatchParams: [
      { name: "firstPixel", type: "u32" },
      { name: "somePixels", type: "u32" },
    ],
    dispatches,
  },
  flops: unitFlops,
};

/** A workgroup for four rows of a unit and four inputs, once for each stretch of pixels. */
function dispatches(p: Params, traits: Traits): readonly Dispatch[] {
  const constants = { ...windowConstants(p), WIDE: p.wide, WIDTH: p.unitWidth };
  const tiles = p.capacity * p.unitWidth / 4 * (p.unitHeight / 4);
  return pixelStretches(p).flatMap(({ first, some }) => {
    const params = { firstPixel: first, somePixels: some };
    return overGroups(tiles, traits)
      .map((dispatch) => ({ ...dispatch, constants, params, steps: pixelSteps(some, p) }));
  });
}
