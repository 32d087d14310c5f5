/**
 * What each column counts in a mean: `shares[c] = weights[c] / sum`, with the sum over the columns of the first
 * `step.examples` examples of each position, and 0 for the others; all 0 where that sum is. `weights` is [columns / examples,
 * examples], padding included. Without `weighted` all weights are 1, and `weights` is any buffer.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { LANE_STEPS, oneGroup, overItems, stepping } from "./grid.ts";
import { inStretches, STRETCH_PARAMS } from "./stretches.ts";

/** The kernel `weight_shares`. */
export const weightShares: Kernel = {
  name: "weight_shares",
  bindings: [
    { name: "weights", access: "read", type: "f32" },
    { name: "step", access: "read", type: "u32" },
    { name: "shares", access: "write", type: "f32" },
  ],
  params: [
    { name: "columns", type: "u32" },
    { name: "examples", type: "u32" },
    { name: "weighted", type: "u32" },
  ],
  gpu: {
    dispatchParams: STRETCH_PARAMS,
    scratch: () => 16,
    dispatches({ columns }, traits) {
      // A workgroup takes 256 columns at a time.
      const total = stepping(0, oneGroup(), "total");
      const each = stepping(0, overItems(columns, traits));
      return [
        ...inStretches(columns, { terms: 256, beside: LANE_STEPS }, total),
        ...each.map((dispatch) => ({ ...dispatch, params: { firstTerm: 0, someTerms: 0 } })),
      ];
    },
  },
};
