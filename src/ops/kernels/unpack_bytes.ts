/**
 * The numbers that bytes stand for: `y[r, c]` is what `table` [parts, 256] has for byte `r % 4`, from the lowest, of
 * `words[floor(r / 4), c]`, in the part of row r: `floor(r / part)`. 0 for c >= `step.examples`.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems, stepping } from "./grid.ts";

/** The kernel `unpack_bytes`. */
export const unpackBytes: Kernel = {
  name: "unpack_bytes",
  bindings: [
    { name: "words", access: "read", type: "u32" },
    { name: "table", access: "read", type: "f32" },
    { name: "step", access: "read", type: "u32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "columns", type: "u32" },
    { name: "part", type: "u32" },
  ],
  gpu: {
    dispatches: (p, traits) => stepping(4, overItems(Math.ceil(p.rows / 4) * p.columns, traits)),
  },
};
