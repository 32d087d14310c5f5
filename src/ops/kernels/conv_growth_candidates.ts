/**
 * Growth candidates of a sparse convolution: as growth_candidates.ts, for units of every kind, with the windows of `x` as in
 * convolution.ts: a gradient is the dot product of `dy[r]` and an input of all windows, over pixels and columns. `unitHeight`
 * and `unitWidth` are what is `height` and `width` there.
 *
 * @module
 */
import type { Dispatch, Kernel, Params, Traits } from "../../device/kernel.ts";
import {
  growthScratch,
  searchDispatches,
  searchLists,
  searchScratch,
} from "./growth_candidates.ts";
import {
  outElements,
  pixelSteps,
  pixelStretches,
  UNIT_PARAMS,
  WINDOW_PARAMS,
  windowConstants,
  windowInputs,
  windowTiles,
} from "./convolution.ts";
import { overGroups, overItems, stepping } from "./grid.ts";

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
    ...UNIT_PARAMS,
    { name: "segment", type: "u32" },
    { name: "norm", type: "u32" },
  ],
  gpu: {
    dispatchParams: [
      { name: "firstList", type: "u32" },
      { name: "blockLists", type: "u32" },
      { name: "firstPixel", type: "u32" },
      { name: "somePixels", type: "u32" },
    ],
    dispatches,
    scratch: gpuScratch,
  },
  scratch: (p) => growthScratch(searchOf(p)),
  flops: (p) => 2 * p.rows * outElements(p) * windowInputs(p),
};

/** The search among the inputs of the matrix, as `growth_candidates` has it. */
function searchOf(p: Params): Params {
  const { rows, wide, count, unitHeight: height, unitWidth: width, segment, norm } = p;
  const shape = { rows, inputs: windowInputs(p), columns: outElements(p) };
  return { ...shape, wide, count, height, width, segment, norm };
}

/** The keys of a block of lists, and behind them the gradients of its rows, where units are more than connections. */
function gpuScratch(p: Params): number {
  const search = searchOf(p);
  const { height, inputs } = search;
  const gradients = height === 1 ? 0 : searchLists(search) * height * inputs;
  return searchScratch(search) + 4 * gradients;
}

/** The scores of a block of lists, once for each stretch of pixels; only they look at pixels. */
function dispatches(p: Params, traits: Traits): readonly Dispatch[] {
  const search = searchOf(p);
  const { inputs, height, width } = search;
  const constants = { ...windowConstants(p), HEIGHT: height, WIDTH: width };
  const common = { constants, params: { firstPixel: 0, somePixels: 0 } };
  return searchDispatches(search, traits, common, (block) => {
    const scores = pixelStretches(p).flatMap(({ first, some }) => {
      const params = { ...block, firstPixel: first, somePixels: some };
      const grid = overGroups(windowTiles(block.blockLists * height, p), traits);
      return stepping(pixelSteps(some, p), grid, "scores")
        .map((dispatch) => ({ ...dispatch, params }));
    });
    if (height === 1) return scores;
    const units = overItems(block.blockLists * Math.ceil(inputs / width), traits);
    const norms = stepping(height * (width + 2) + 1, units, "norms")
      .map((dispatch) => ({ ...dispatch, params: block }));
    return [...scores, ...norms];
  });
}
