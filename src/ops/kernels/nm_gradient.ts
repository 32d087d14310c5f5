/**
 * The gradient of a weight under a mask, of the gradient of what the forward read: where the mask has a weight it stays, outside
 * it is multiplied by `beta` if `exact` (the chain rule) and stays otherwise (straight-through), and `decay * w` is added to it,
 * the term of SR-STE (Zhou et al. 2021, equation 10). `beta` and `decay` are words of `control`, and `bits` is as `nm_select`
 * leaves it.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overVectors, stepping } from "./grid.ts";

/** The kernel `nm_gradient`. */
export const nmGradient: Kernel = {
  name: "nm_gradient",
  bindings: [
    { name: "gradient", access: "readwrite", type: "f32" },
    { name: "values", access: "read", type: "f32" },
    { name: "bits", access: "read", type: "u32" },
    { name: "control", access: "read", type: "u32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "inputs", type: "u32" },
    { name: "exact", type: "u32" },
  ],
  // A loop over four elements.
  gpu: { dispatches: (p, traits) => stepping(5, overVectors(p.rows * p.inputs, traits)) },
};
