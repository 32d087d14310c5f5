/**
 * Gradient of the input of a batch normalisation by statistics of the batch: with h = (x - mean) / sqrt(variance + epsilon),
 * `dx = scale / sqrt(variance + epsilon) * (dy - dshift / n - h * dscale / n)`, all of row r, where n counts the elements of
 * a row: the first `step.examples` of every run of `batch` columns. The others are padding, and `dx` is 0 there.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overVectors } from "./grid.ts";

/** The kernel `batch_norm_gradient`. */
export const batchNormGradient: Kernel = {
  name: "batch_norm_gradient",
  bindings: [
    { name: "dy", access: "read", type: "f32" },
    { name: "x", access: "read", type: "f32" },
    { name: "statistics", access: "read", type: "f32" },
    { name: "scale", access: "read", type: "f32" },
    { name: "dscale", access: "read", type: "f32" },
    { name: "dshift", access: "read", type: "f32" },
    { name: "step", access: "read", type: "u32" },
    { name: "dx", access: "write", type: "f32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "columns", type: "u32" },
    { name: "batch", type: "u32" },
    { name: "epsilon", type: "f32" },
  ],
  gpu: {
    dispatches: (p, traits) => overVectors(p.rows * p.columns, traits),
  },
};
