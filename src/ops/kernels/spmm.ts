/**
 * Sparse product: row r of `y` is the sum over its connections s of `values[s] * x[index[s]]`.
 * `span` holds (begin, end) of every row's list; `begin` is a multiple of LIST_TILE, the list is padded to a multiple
 * of LIST_TILE with connections to input 0 of value 0, so a kernel may read whole tiles. A row may be empty.
 * `index` holds u16 pairs (low half first) if `wide` is 0, else u32. `epilogue` as in epilogue.ts; `extra`
 * is the bias [rows] or the gate [rows, columns]. The same kernel computes the forward product of a pattern and, over its
 * transposed view, the gradient of the input.
 *
 * @module
 */
import {
  COLUMN_TILE,
  type Kernel,
  LIST_TILE,
  type Variant,
  type Variants,
  withVariants,
} from "../../device/kernel.ts";
import { hardwareVectors, listClass, overItems, softwareVectors } from "./grid.ts";
import { inStretches, longestList, STRETCH_PARAMS } from "./stretches.ts";
import { withEpilogue } from "./epilogue.ts";

/** Vectors of four columns that an invocation holds. */
const VECTORS = [1, 2, 4, 8] as const;

/**
 * `adjacent_V` gives an invocation V vectors side by side, as the caches of software like it; `strided_V` gives neighbouring
 * invocations neighbouring vectors, as hardware likes it (never timed).
 */
const variants: Variants = {
  all: Object.fromEntries(
    VECTORS.flatMap((vectors) => [
      [`adjacent_${vectors}`, variantOf(vectors, true)],
      [`strided_${vectors}`, variantOf(vectors, false)],
    ]),
  ),
  shapeClass: listClass,
  prefer: (p, traits) =>
    traits.software ? `adjacent_${softwareVectors(p.columns)}` : `strided_${hardwareVectors(p)}`,
};

function variantOf(vectors: number, adjacent: boolean): Variant {
  return {
    supports: ({ columns }) => columns % (4 * vectors) === 0,
    dispatches: (p, traits) =>
      inStretches(
        longestList(p.inputs, p.capacity),
        { terms: LIST_TILE, rest: p.capacity },
        overItems(p.rows * p.columns / (4 * vectors), traits).map((dispatch) => ({
          ...dispatch,
          constants: { VECTORS: vectors, ADJACENT: Number(adjacent), WIDE: p.wide },
        })),
      ),
  };
}

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
  epilogue: { extra: "extra", output: "y" },
  gpu: withEpilogue(withVariants("spmm", { dispatchParams: STRETCH_PARAMS }, variants)),
  // One tile of columns of `x`, packed; a single tile is used where it lies.
  scratch: (p) => p.columns > COLUMN_TILE ? 4 * COLUMN_TILE * p.inputs : 0,
  flops: (p) => 2 * p.capacity * p.columns,
};
