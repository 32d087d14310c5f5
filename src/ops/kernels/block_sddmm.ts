/**
 * Gradient of the active units: as `sddmm`, for every connection of every unit: with unit s of row of units R, its row r
 * and its input c, `gradient[s, c, r]` is the dot product of `dy[R * height + r]` and `x[index[s] * width + c]` over the
 * columns. `gradient` is `[capacity, width, height]` and written whole: padding, tail and what lies outside the matrix get
 * 0. Shapes and lists as in `block_spmm`.
 *
 * @module
 */
import {
  type Dispatch,
  type Kernel,
  type Params,
  roundUp,
  type Traits,
} from "../../device/kernel.ts";
import { overGroups, overItems } from "./grid.ts";
import { inStretches, STRETCH_PARAMS } from "./stretches.ts";

/** The kernel `block_sddmm`. */
export const blockSddmm: Kernel = {
  name: "block_sddmm",
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
    { name: "height", type: "u32" },
    { name: "width", type: "u32" },
  ],
  gpu: {
    dispatchParams: STRETCH_PARAMS,
    dispatches,
  },
  scratch,
  flops: (p) => 2 * p.capacity * p.height * p.width * p.columns,
};

/** Rows and inputs of a tile, at most and exactly; an invocation or a workgroup computes one. */
const TILE = 16;

/** Software keeps a tile in registers; on hardware a workgroup shares its operands, which was never timed. */
function dispatches(p: Params, traits: Traits): readonly Dispatch[] {
  const rows = Math.min(p.height, TILE);
  const units = Math.max(TILE / p.width, 1);
  const lists = Math.ceil(p.rows / p.height);
  const tiles = Math.floor((p.capacity + lists * (units - 1)) / units) *
    (p.height / rows) * (p.width * units / TILE);
  const constants = { WIDE: p.wide, ROWS4: rows / 4, UNITS: units };
  const entry = traits.software ? "registers" : "shared_tiles";
  const grid = traits.software ? overItems(tiles, traits) : overGroups(tiles, traits);
  // A workgroup takes 32 columns at a time, of which an invocation adds its share of 2 rows4 columns in an inner loop.
  const pace = traits.software ? { terms: 4 } : { terms: 32, steps: rows / 2 + 2 };
  return inStretches(p.columns, pace, grid.map(({ groups }) => ({ entry, groups, constants })));
}

/** A run of columns of a list's rows and, for blocks, of the inputs, packed; as `wasm/src/kernels/block_sddmm.rs`. */
function scratch({ inputs, columns, height, width }: Params): number {
  const lines = width > 1 && height >= 8 ? roundUp(inputs, width) : 0;
  const run = lines === 0 ? 256 : Math.min(Math.max(32 * Math.floor(262144 / lines / 32), 32), 256);
  return 4 * (height + Math.max(lines, 4)) * Math.min(roundUp(columns, 4), run);
}
