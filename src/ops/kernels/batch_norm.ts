/**
 * Batch normalisation of `x` [rows, columns]: `y = (x - mean[r]) / sqrt(variance[r] + epsilon) * scale[r] + shift[r]`, then
 * the operation of `epilogue`, whose form is none (epilogue.ts). `statistics` [2, rows] holds the means, then the variances (Ioffe and Szegedy 2015,
 * algorithm 1).
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overVectors } from "./grid.ts";
import { withEpilogue } from "./epilogue.ts";

/** The kernel `batch_norm`. */
export const batchNorm: Kernel = {
  name: "batch_norm",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "statistics", access: "read", type: "f32" },
    { name: "scale", access: "read", type: "f32" },
    { name: "shift", access: "read", type: "f32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "columns", type: "u32" },
    { name: "epsilon", type: "f32" },
    { name: "epilogue", type: "u32" },
  ],
  epilogue: { output: "y" },
  gpu: withEpilogue({
    dispatches: (p, traits) => overVectors(p.rows * p.columns, traits),
  }),
};
