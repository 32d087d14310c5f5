/**
 * What the tokens of a bag count: `out[p, c]` is `weights[p, c]`, or 1 without `weighted`, and 0 where `tokens[p, c]` is
 * `padding`; with `mean` divided by the sum over the positions of its column, and 0 where that is 0.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems } from "./grid.ts";
import { inStretches, STRETCH_PARAMS } from "./stretches.ts";

/** Positions whose weights are added before their sum is added to that of the others; mirrored in WGSL. */
const CHUNK = 256;

/** The kernel `bag_weights`. */
export const bagWeights: Kernel = {
  name: "bag_weights",
  bindings: [
    { name: "tokens", access: "read", type: "u32" },
    { name: "weights", access: "read", type: "f32" },
    { name: "out", access: "write", type: "f32" },
  ],
  params: [
    { name: "positions", type: "u32" },
    { name: "columns", type: "u32" },
    { name: "padding", type: "u32" },
    { name: "mean", type: "u32" },
    { name: "weighted", type: "u32" },
  ],
  gpu: {
    dispatchParams: STRETCH_PARAMS,
    scratch: (p) => 4 * p.columns,
    dispatches(p, traits) {
      const sums = overItems(p.columns, traits).map((grid) => ({ ...grid, entry: "sums" }));
      const whole = { params: { firstTerm: 0, someTerms: p.positions }, steps: 0 };
      return [
        ...inStretches(p.positions, { terms: CHUNK, steps: CHUNK + 2 }, p.mean === 0 ? [] : sums),
        ...overItems(p.positions * p.columns, traits).map((grid) => ({ ...grid, ...whole })),
      ];
    },
  },
};
