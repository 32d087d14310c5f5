/**
 * Dense product `c = op(a) op(b)`, row-major: `a` is [m, k] ([k, m] if transposeA), `b` is [k, n] ([n, k] if
 * transposeB), `c` is [m, n]. `epilogue` as in {@linkcode EPILOGUE}; `extra` is the bias [m] or the gate [m, n]
 * (any buffer where the epilogue needs none).
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
import { overItems } from "./grid.ts";
import { panelBytes } from "./panel.ts";
import wgsl from "../../../wgsl/gemm.wgsl" with { type: "text" };

/** The kernel `gemm`. */
export const gemm: Kernel = {
  name: "gemm",
  bindings: [
    { name: "a", access: "read", type: "f32" },
    { name: "b", access: "read", type: "f32" },
    { name: "extra", access: "read", type: "f32" },
    { name: "c", access: "write", type: "f32" },
  ],
  params: [
    { name: "m", type: "u32" },
    { name: "n", type: "u32" },
    { name: "k", type: "u32" },
    { name: "transposeA", type: "u32" },
    { name: "transposeB", type: "u32" },
    { name: "epilogue", type: "u32" },
  ],
  gpu: {
    wgsl,
    dispatches,
  },
  scratch: (p) => panelBytes(p.m, p.n, p.k),
  flops: (p) => 2 * p.m * p.n * p.k,
};

/** Rows and columns of `c` that an invocation of `registers` holds, and that a workgroup covers. */
const REGISTERS = { tile: 16, group: 8 * 16 } as const;

/** Rows and columns of `c` that a workgroup of `shared_tiles` covers. */
const SHARED_TILE = 64;

/** Software keeps tiles in registers, where vectors of four fit; hardware shares them in a workgroup. */
function dispatches(p: Params, traits: Traits): readonly Dispatch[] {
  if (p.m === 0 || p.n === 0) return [];
  const constants = { TRANSPOSE_A: p.transposeA, TRANSPOSE_B: p.transposeB };
  if (!traits.software) return tiles("shared_tiles", SHARED_TILE, p, constants);
  const alongSum = p.transposeA === 0 || p.transposeB === 1;
  const vectors = p.n % 4 === 0 && (p.transposeA === 0 || p.m % 4 === 0) &&
    (!alongSum || p.k % 4 === 0);
  if (!vectors) {
    return overItems(p.m * p.n, traits).map((dispatch) => ({
      ...dispatch,
      entry: "plain",
      constants,
    }));
  }
  return tiles("registers", REGISTERS.group, p, {
    ...constants,
    RAGGED: Number(p.k % 4 !== 0),
    ACROSS: lanesAcross(p),
  });
}

/** How many of eight neighbouring invocations lie along a row of `c`: so that the fewest lie beyond its edges. */
function lanesAcross({ m, n }: Params): number {
  const rows = Math.ceil(m / REGISTERS.tile);
  const columns = Math.ceil(n / REGISTERS.tile);
  const occupied = (across: number) => roundUp(rows, 8 / across) * roundUp(columns, across);
  return [8, 1, 2, 4].reduce((best, next) => occupied(next) < occupied(best) ? next : best);
}

function tiles(
  entry: string,
  side: number,
  { m, n }: Params,
  constants: Dispatch["constants"],
): readonly Dispatch[] {
  return [{
    entry,
    groups: [Math.ceil(n / side), Math.ceil(m / side), 1],
    ...(constants === undefined ? {} : { constants }),
  }];
}
