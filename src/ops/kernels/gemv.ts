/**
 * Dense product with one vector: `y = A x`, `A` [m, k] row-major. `epilogue` as in
 * epilogue.ts; `extra` is the bias [m]. For programs of a single example, whose activations have one column.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overGroups } from "./grid.ts";
import { inStretches, STRETCH_PARAMS } from "./stretches.ts";
import { withEpilogue } from "./epilogue.ts";

/** The kernel `gemv`. */
export const gemv: Kernel = {
  name: "gemv",
  bindings: [
    { name: "a", access: "read", type: "f32" },
    { name: "x", access: "read", type: "f32" },
    { name: "extra", access: "read", type: "f32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: [
    { name: "m", type: "u32" },
    { name: "k", type: "u32" },
    { name: "epilogue", type: "u32" },
  ],
  epilogue: { extra: "extra", output: "y" },
  gpu: withEpilogue({
    dispatchParams: STRETCH_PARAMS,
    // A workgroup of 64 for each row.
    dispatches: (p, traits) => inStretches(p.k, { terms: 64 }, overGroups(p.m, traits)),
  }),
  flops: (p) => 2 * p.m * p.k,
};
