/**
 * A run of columns: `y[r, to + i] = x[r, begin + i]` for i < count, with `x` [rows, columns] and `y` [rows, intoColumns]; the other
 * columns of `y` stay.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems } from "./grid.ts";

/** The kernel `copy_columns`. */
export const copyColumns: Kernel = {
  name: "copy_columns",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "y", access: "readwrite", type: "f32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "count", type: "u32" },
    { name: "columns", type: "u32" },
    { name: "begin", type: "u32" },
    { name: "intoColumns", type: "u32" },
    { name: "to", type: "u32" },
  ],
  gpu: {
    dispatches: (p, traits) => overItems(p.rows * p.count, traits),
  },
};
