/**
 * Sparse product: row r of `y` is the sum over its connections s of `values[s] * x[index[s]]`.
 * `span` holds (begin, end) of every row's list; `begin` is a multiple of LIST_TILE, the list is padded to a multiple
 * of LIST_TILE with connections to input 0 of value 0, so a kernel may read whole tiles. A row may be empty.
 * `index` holds u16 pairs (low half first) if `wide` is 0, else u32. `epilogue` as in {@linkcode EPILOGUE}; `extra`
 * is the bias [rows] or the gate [rows, columns]. The same kernel computes the forward product of a pattern and, over its
 * transposed view, the gradient of the input.
 *
 * @module
 */
import { COLUMN_TILE, type Kernel, type Params, type Traits } from "../../device/kernel.ts";
import { overItems } from "./grid.ts";
import wgsl from "../../../wgsl/spmm.wgsl" with { type: "text" };

/** The kernel `spmm`. */
export const spmm: Kernel = {
  name: "spmm",
  bindings: [
    { name: "span", access: "read", type: "u32" },
    { name: "index", access: "read", type: "u32" },
    { name: "values", access: "read", type: "f32" },
    { name: "x", access: "read", type: "f32" },
    { name: "extra", access: "read", type: "f32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "inputs", type: "u32" },
    { name: "columns", type: "u32" },
    { name: "capacity", type: "u32" },
    { name: "wide", type: "u32" },
    { name: "epilogue", type: "u32" },
  ],
  gpu: {
    wgsl,
    dispatches(p, traits) {
      const vectors = vectorsOf(p, traits);
      const constants = { VECTORS: vectors, ADJACENT: Number(traits.software), WIDE: p.wide };
      return overItems(p.rows * p.columns / (4 * vectors), traits).map((dispatch) => ({
        ...dispatch,
        constants,
      }));
    },
  },
  // One tile of columns of `x`, packed; a single tile is used where it lies.
  scratch: (p) => p.columns > COLUMN_TILE ? 4 * COLUMN_TILE * p.inputs : 0,
  flops: (p) => 2 * p.capacity * p.columns,
};

/** Invocations that keep a graphics processor busy. */
const BUSY = 2 ** 17;

/**
 * Vectors of columns that an invocation holds: many spare loads of indices and values, which software pays for one by
 * one; hardware rather has enough invocations.
 */
function vectorsOf({ rows, columns }: Params, { software }: Traits): number {
  const fits = [4, 2, 1].filter((vectors) => columns % (4 * vectors) === 0);
  return fits.find((vectors) => software || rows * columns >= 4 * vectors * BUSY) ?? 1;
}
