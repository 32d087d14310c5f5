/**
 * A product of matrices for every group and every column: `c[g, i, j, e] = sum over l of a[g, i, l, e] b[g, l, j, e]`. `a` is
 * [groups, m, k, columns] ([groups, k, m, columns] if transposeA), `b` is [groups, k, n, columns] ([groups, n, k, columns] if
 * transposeB), `c` is [groups, m, n, columns]. Columns are never mixed: they are the lanes of every vector.
 *
 * @module
 */
import { type Kernel, type Params, type Variants, withVariants } from "../../device/kernel.ts";
import { overItems, sizeClass } from "./grid.ts";
import { inStretches, STRETCH_PARAMS } from "./stretches.ts";

/** Rows and columns of a matrix of `c` that an invocation of `tiles` holds, for four columns of each. */
const TILE = 4;

/** An element of `c` for an invocation, or a tile of vectors along the columns. */
const variants: Variants = {
  all: {
    plain: {
      supports: () => true,
      dispatches: (p, traits) =>
        inStretches(
          p.k,
          { terms: 1 },
          overItems(p.groups * p.m * p.n * p.columns, traits).map((dispatch) => ({
            ...dispatch,
            entry: "plain",
            constants: constantsOf(p),
          })),
        ),
    },
    tiles: {
      supports: fitsVectors,
      dispatches: (p, traits) =>
        inStretches(
          p.k,
          { terms: 1 },
          overItems(tilesOf(p) * p.columns / 4, traits).map((dispatch) => ({
            ...dispatch,
            entry: "tiles",
            constants: constantsOf(p),
          })),
        ),
    },
  },
  shapeClass: (p) => sizeClass(2 * p.groups * p.m * p.n * p.k * p.columns),
  prefer: (p) => fitsVectors(p) ? "tiles" : "plain",
};

function fitsVectors({ columns }: Params): boolean {
  return columns % 4 === 0;
}

function tilesOf({ groups, m, n }: Params): number {
  return groups * Math.ceil(m / TILE) * Math.ceil(n / TILE);
}

function constantsOf(p: Params): Readonly<Record<string, number>> {
  return { TRANSPOSE_A: p.transposeA, TRANSPOSE_B: p.transposeB };
}

/** What the WASM kernel packs at a time: see `wasm/src/kernels/batched_product.rs`. */
const PACKED = { depth: 32, rows: 48, columns: 96, lanes: 16, tile: 3 } as const;

/** The kernel `batched_product`. */
export const batchedProduct: Kernel = {
  name: "batched_product",
  bindings: [
    { name: "a", access: "read", type: "f32" },
    { name: "b", access: "read", type: "f32" },
    { name: "c", access: "write", type: "f32" },
  ],
  params: [
    { name: "groups", type: "u32" },
    { name: "m", type: "u32" },
    { name: "n", type: "u32" },
    { name: "k", type: "u32" },
    { name: "columns", type: "u32" },
    { name: "transposeA", type: "u32" },
    { name: "transposeB", type: "u32" },
  ],
  gpu: withVariants("batched_product", { dispatchParams: STRETCH_PARAMS }, variants),
  scratch: ({ m, n, k }) => {
    const { depth, rows, columns, lanes, tile } = PACKED;
    const lines = Math.min(Math.ceil(m / tile) * tile, rows) +
      Math.min(Math.ceil(n / tile) * tile, columns);
    return 4 * lanes * lines * Math.min(k, depth);
  },
  flops: (p) => 2 * p.groups * p.m * p.n * p.k * p.columns,
};
