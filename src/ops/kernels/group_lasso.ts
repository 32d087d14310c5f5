/**
 * Group lasso (Dietrich et al. 2022, equation 2), decoupled from the gradient: what is left of a slot's values w is
 * `w * max(0, 1 - learningRate * weight / sqrt(sum of w^2 + 1e-6))`, the sum over the `area` values of the slot. Whole units
 * are drawn towards 0; of one that a step would take beyond 0 nothing is left.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems, stepping } from "./grid.ts";

/** The kernel `group_lasso`. */
export const groupLasso: Kernel = {
  name: "group_lasso",
  bindings: [
    { name: "values", access: "readwrite", type: "f32" },
    { name: "step", access: "read", type: "u32" },
  ],
  params: [
    { name: "slots", type: "u32" },
    { name: "area", type: "u32" },
    { name: "weight", type: "f32" },
  ],
  gpu: {
    // Two loops over the values of a slot.
    dispatches: (p, traits) => stepping(2 * (p.area + 1), overItems(p.slots, traits)),
  },
};
