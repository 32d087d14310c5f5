/**
 * Product of a matrix of units: `y = W x`, where a unit is `height` rows by `width` inputs of `W`: a group slot
 * (`width` 1) or a block (`width` = `height`). `span` and `index` are lists as in `spmm`, but of rows of units
 * (`ceil(rows / height)` lists) and of columns of units (below `ceil(inputs / width)`); `values` holds
 * `[capacity, width, height]`, a unit's rows innermost. Units may reach over the edge of the matrix; what lies outside
 * has the value 0, is never read from `x` and never written to `y`.
 *
 * Lists of group slots begin at multiples of LIST_TILE and are padded to it with unit 0 of values 0, as in `spmm`. Lists of
 * blocks are NOT padded: one begins where the one before ends, at any slot, odd ones too (`index` of u16 is then read half
 * by half), and `capacity` is any number.
 * `rows` and `inputs` count connections; `x` is [inputs, columns], `y` is [rows, columns]. `epilogue` and `extra` as in
 * `spmm`. Over the transposed view, with the values that `block_transpose` gives, it is the gradient of the input.
 *
 * @module
 */
import {
  COLUMN_TILE,
  type Dispatch,
  type Kernel,
  type Params,
  roundUp,
  type Traits,
} from "../../device/kernel.ts";
import { overGroups, overItems, softwareVectors } from "./grid.ts";
import { inStretches, longestList, STRETCH_PARAMS } from "./stretches.ts";
import { withEpilogue } from "./epilogue.ts";

/** The kernel `block_spmm`. */
export const blockSpmm: Kernel = {
  name: "block_spmm",
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
    { name: "height", type: "u32" },
    { name: "width", type: "u32" },
  ],
  epilogue: { extra: "extra", output: "y" },
  gpu: withEpilogue({
    dispatchParams: STRETCH_PARAMS,
    dispatches,
  }),
  scratch,
  flops: (p) => 2 * p.capacity * p.height * p.width * p.columns,
};

/** Rows that an invocation or a workgroup holds at most. */
const TILE_ROWS = 16;

/** Columns that a workgroup of `shared_tiles` covers. */
const SHARED_COLUMNS = 64;

/** Inputs whose values it holds at a time. */
const SHARED_INPUTS = 16;

/**
 * Software keeps a tile in registers. On hardware a workgroup shares the operands of units that fill its rows; for lower ones
 * the many invocations of a single vector of columns share them through the cache. Never timed.
 */
function dispatches(p: Params, traits: Traits): readonly Dispatch[] {
  const tileRows = Math.min(p.height, TILE_ROWS);
  const parts = Math.ceil(p.rows / tileRows);
  const entry = traits.software || tileRows < TILE_ROWS ? "registers" : "shared_tiles";
  const vectors = traits.software ? softwareVectors(p.columns) : 1;
  const lists = { WIDE: p.wide, WIDTH: p.width };
  const constants = entry === "shared_tiles" ? lists : {
    ...lists,
    RAGGED: Number(p.inputs % p.width !== 0),
    ROWS4: tileRows / 4,
    VECTORS: vectors,
    ADJACENT: Number(traits.software),
  };
  const grid = entry === "registers"
    ? overItems(parts * p.columns / (4 * vectors), traits)
    : overGroups(parts * Math.ceil(p.columns / SHARED_COLUMNS), traits);
  return inStretches(
    longestList(Math.ceil(p.inputs / p.width), p.capacity) * p.width,
    { terms: entry === "registers" ? 4 : SHARED_INPUTS },
    grid.map(({ groups }) => ({ entry, groups, constants })),
  );
}

/** Inputs gathered for a list of group slots, or a packed tile of columns; as `wasm/src/kernels/block_spmm.rs`. */
function scratch({ inputs, columns, height, width }: Params): number {
  if (width === 1 && height > 8) return 4 * Math.max(65536, 8 * inputs + 16);
  const lines = roundUp(inputs, width);
  const fit = COLUMN_TILE * Math.floor(65536 / Math.max(lines, 1) / COLUMN_TILE);
  const tile = Math.max(Math.min(fit, 256, roundUp(columns, COLUMN_TILE)), COLUMN_TILE);
  return 4 * (tile / 8) * (8 * lines + 16);
}
