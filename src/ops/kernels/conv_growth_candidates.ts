/**
 * Growth candidates of a sparse convolution: for every row the `count` inactive inputs of largest absolute gradient, ties to
 * the lower input, in ascending order as (`input`, `score`); where there are fewer the rest is 0xffffffff with score 0. As
 * growth_candidates.ts with single connections and one window; the windows of `x` as in convolution.ts.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { growthScratch } from "./growth_candidates.ts";
import { outElements, WINDOW_PARAMS, windowInputs } from "./convolution.ts";

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
  gpu: { wgsl: "", dispatches: () => [] },
  scratch: (p) =>
    growthScratch({
      inputs: windowInputs(p),
      columns: outElements(p),
      count: p.count,
      height: 1,
      width: 1,
    }),
  flops: (p) => 2 * p.rows * outElements(p) * windowInputs(p),
};
