/**
 * Growth candidates of a sparse convolution: for every row the `count` inactive inputs of largest absolute gradient, ties to
 * the lower input, in ascending order as (`input`, `score`); where there are fewer the rest is 0xffffffff with score 0. As
 * growth_candidates.ts with single connections and one segment; the windows of `x` as in convolution.ts.
 *
 * @module
 */
import type { Dispatch, Kernel, Params, Traits } from "../../device/kernel.ts";
import { growthScratch, searchDispatches, searchScratch } from "./growth_candidates.ts";
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

/** The kernel `conv_growth_candidates`. */
export const convGrowthCandidates: Kernel = {
  name: "conv_growth_candidates",
  bindings: [
    { name: "span", access: "read", type: "u32" },
    { name: "index", access: "read", type: "u32" },
    { name: "dy", access: "read", type: "f32" },
    { name: "x", access: "read", type: "f32" },
    { name: "input", access: "write", type: "u32" },
    { name: "score", access: "write", type: "f32" },
  ],
  params: [
    ...WINDOW_PARAMS,
    { name: "wide", type: "u32" },
    { name: "count", type: "u32" },
  ],
  gpu: {
    dispatchParams: [
      { name: "firstList", type: "u32" },
      { name: "blockLists", type: "u32" },
      { name: "firstPixel", type: "u32" },
      { name: "somePixels", type: "u32" },
    ],
    dispatches,
    scratch: (p) => searchScratch(searchOf(p)),
  },
  scratch: (p) => growthScratch(searchOf(p)),
  flops: (p) => 2 * p.rows * outElements(p) * windowInputs(p),
};

/** The search among the inputs of the matrix, as `growth_candidates` has it. */
function searchOf(p: Params): Params {
  const { rows, wide, count } = p;
  const inputs = windowInputs(p);
  return {
    rows,
    inputs,
    columns: outElements(p),
    wide,
    count,
    height: 1,
    width: 1,
    segment: inputs,
  };
}

/** The scores of a block of rows, once for each stretch of pixels; only they look at pixels. */
function dispatches(p: Params, traits: Traits): readonly Dispatch[] {
  const common = { constants: windowConstants(p), params: { firstPixel: 0, somePixels: 0 } };
  return searchDispatches(
    searchOf(p),
    traits,
    common,
    (block) =>
      pixelStretches(p).flatMap(({ first, some }) => {
        const params = { ...block, firstPixel: first, somePixels: some };
        return overGroups(windowTiles(block.blockLists, p), traits)
          .map((dispatch) => ({ ...dispatch, params, steps: pixelSteps(some, p) }));
      }),
  );
}
