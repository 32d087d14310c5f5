/**
 * The units of a matrix, each transposed, in the order of the transposed view: `out[i, r, c] = values[slot[i], c, r]` for
 * a unit of `height` rows r and `width` inputs c, 0 where `slot[i]` is 0xffffffff. `values` is `[*, width, height]`, `out`
 * is `[length, height, width]`, which `block_spmm` reads as units of `width` rows by `height` inputs.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems } from "./grid.ts";

/** The kernel `block_transpose`. */
export const blockTranspose: Kernel = {
  name: "block_transpose",
  bindings: [
    { name: "slot", access: "read", type: "u32" },
    { name: "values", access: "read", type: "f32" },
    { name: "out", access: "write", type: "f32" },
  ],
  params: [
    { name: "length", type: "u32" },
    { name: "height", type: "u32" },
    { name: "width", type: "u32" },
  ],
  gpu: {
    dispatches(p, traits) {
      const squares = p.height % 4 === 0 && p.width % 4 === 0;
      const items = p.length * p.height * p.width / (squares ? 16 : 1);
      return overItems(items, traits).map(({ groups }) => ({
        entry: squares ? "squares" : "plain",
        groups,
      }));
    },
  },
};
