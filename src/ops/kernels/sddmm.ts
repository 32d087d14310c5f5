/**
 * Gradient of the active values (sampled dense-dense matrix product): for connection s of row r,
 * `gradient[s]` is the dot product of `dy[r]` and `x[index[s]]` over the columns. Writes every one of the `capacity`
 * entries: padding inside a list and the tail behind the last list get 0.
 *
 * @module
 */
import { COLUMN_TILE, type Kernel } from "../../device/kernel.ts";
import { overVectors } from "./grid.ts";
import wgsl from "../../../wgsl/sddmm.wgsl" with { type: "text" };

/** The kernel `sddmm`. */
export const sddmm: Kernel = {
  name: "sddmm",
  bindings: [
    { name: "span", access: "read", type: "u32" },
    { name: "index", access: "read", type: "u32" },
    { name: "dy", access: "read", type: "f32" },
    { name: "x", access: "read", type: "f32" },
    { name: "gradient", access: "write", type: "f32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "inputs", type: "u32" },
    { name: "columns", type: "u32" },
    { name: "capacity", type: "u32" },
    { name: "wide", type: "u32" },
  ],
  gpu: {
    wgsl,
    dispatches: (p, traits) =>
      overVectors(p.capacity, traits).map((dispatch) => ({
        ...dispatch,
        constants: { WIDE: p.wide },
      })),
  },
  // One tile of columns of `x`, packed; a single tile is used where it lies.
  scratch: (p) => p.columns > COLUMN_TILE ? 4 * COLUMN_TILE * p.inputs : 0,
  flops: (p) => 2 * p.capacity * p.columns,
};
