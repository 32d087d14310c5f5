/**
 * Sparse convolution by a matrix of units: row r of `y` is the sum, over the units s of r's row of units and their inputs c,
 * of `values[s, c, r]` times input `index[s] * unitWidth + c` of the windows of `x`; see convolution.ts for these, and
 * block_spmm.ts for lists, values and what lies outside the matrix. A block is of neighbouring inputs of the matrix, which
 * are taps of one channel, then those of the next. `epilogue` as in epilogue.ts; `extra` is the bias [rows] or the gate, of
 * the shape of `y`.
 *
 * @module
 */
import {
  COLUMN_TILE,
  type Kernel,
  type Params,
  roundUp,
  type Variant,
  type Variants,
  withVariants,
} from "../../device/kernel.ts";
import {
  lineVectors,
  UNIT_PARAMS,
  unitFlops,
  WINDOW_PARAMS,
  windowConstants,
  windowInputs,
} from "./convolution.ts";
import { overItems, sizeClass } from "./grid.ts";
import { inStretches, longestList, STRETCH_PARAMS } from "./stretches.ts";
import { withEpilogue } from "./epilogue.ts";

/** Rows and columns that an invocation holds. */
type Tile = readonly [rows: number, columns: number];

const TILES: readonly Tile[] = [[4, 16], [4, 4], [16, 4]];

/** `tile_RxC` gives an invocation R rows by C columns. */
const variants: Variants = {
  all: Object.fromEntries(
    TILES.map(([rows, columns]) => [`tile_${rows}x${columns}`, variantOf([rows, columns])]),
  ),
  shapeClass: (p) => `${sizeClass(unitFlops(p))} ${p.unitHeight < 16 ? "low" : "high"}`,
  prefer(p, traits) {
    const lines = Math.ceil(p.rows / 4) * p.outHeight * p.outWidth;
    return lineVectors(lines, p, traits) === 4 ? "tile_4x16" : "tile_4x4";
  },
};

function variantOf([rows, columns]: Tile): Variant {
  const vectors = columns / 4;
  return {
    supports: ({ unitHeight }) => unitHeight % rows === 0,
    dispatches(p, traits) {
      const constants = {
        ...windowConstants(p),
        WIDE: p.wide,
        WIDTH: p.unitWidth,
        ROWS4: rows / 4,
        VECTORS: vectors,
        ADJACENT: Number(traits.software),
      };
      const lines = Math.ceil(p.rows / rows) * p.outHeight * p.outWidth;
      return inStretches(
        longestOf(p),
        { terms: 1 },
        overItems(lines * p.columns / columns, traits)
          .map((dispatch) => ({ ...dispatch, constants })),
      );
    },
  };
}

/** The kernel `conv_block_spmm`. */
export const convBlockSpmm: Kernel = {
  name: "conv_block_spmm",
  bindings: [
    { name: "span", access: "read", type: "u32" },
    { name: "index", access: "read", type: "u32" },
    { name: "values", access: "read", type: "f32" },
    { name: "x", access: "read", type: "f32" },
    { name: "extra", access: "read", type: "f32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: [
    ...WINDOW_PARAMS,
    { name: "capacity", type: "u32" },
    { name: "wide", type: "u32" },
    { name: "epilogue", type: "u32" },
    ...UNIT_PARAMS,
  ],
  epilogue: { extra: "extra", output: "y" },
  gpu: withEpilogue(withVariants("conv_block_spmm", { dispatchParams: STRETCH_PARAMS }, variants)),
  scratch,
  flops: unitFlops,
};

/** Inputs of the longest list, whole units. */
function longestOf(p: Params): number {
  return longestList(Math.ceil(windowInputs(p) / p.unitWidth), p.capacity) * p.unitWidth;
}

/** Place, tap and a tile of columns of every input of a list; as `wasm/src/kernels/conv_block_spmm.rs`. */
function scratch(p: Params): number {
  return (8 + 4 * COLUMN_TILE) * roundUp(windowInputs(p), Math.max(p.unitWidth, 4));
}
