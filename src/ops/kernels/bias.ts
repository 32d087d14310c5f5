/**
 * Adds `bias[r]` to row r of `x` [rows, columns].
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overVectors } from "./grid.ts";

/** The kernel `bias`. */
export const bias: Kernel = {
  name: "bias",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "bias", access: "read", type: "f32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "columns", type: "u32" },
  ],
  gpu: {
    dispatches: (p, traits) => overVectors(p.rows * p.columns, traits),
  },
};
