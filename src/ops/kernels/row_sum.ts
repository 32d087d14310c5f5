/**
 * Sum of every row of `x` [rows, columns]: the gradient of a bias.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems, stepping } from "./grid.ts";
import { inParts, partsOf, partsScratch } from "./parts.ts";

/** Columns of a part; an invocation goes through it, 32 at a time. */
const PART = 65_536;

/** The kernel `row_sum`. */
export const rowSum: Kernel = {
  name: "row_sum",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "out", access: "write", type: "f32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "columns", type: "u32" },
  ],
  gpu: {
    dispatches: ({ rows, columns }, traits) => {
      const parts = partsOf(columns, PART);
      return inParts(
        parts,
        stepping(columns / 32 + 1, overItems(rows, traits)),
        [
          ...stepping(parts.size / 32 + 1, overItems(parts.count * rows, traits), "parts"),
          ...stepping(parts.count + 1, overItems(rows, traits)),
        ],
      );
    },
    scratch: ({ rows, columns }) => partsScratch(partsOf(columns, PART), rows, 4),
  },
};
