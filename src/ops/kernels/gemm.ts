/**
 * Dense product `c = op(a) op(b)`, row-major: `a` is [m, k] ([k, m] if transposeA), `b` is [k, n] ([n, k] if
 * transposeB), `c` is [m, n]. `epilogue` as in epilogue.ts; `extra` is the bias [m] or the gate [m, n]
 * (any buffer where the epilogue needs none).
 *
 * @module
 */
import {
  type Dispatch,
  type Kernel,
  type Params,
  roundUp,
  type Variant,
  type Variants,
  withVariants,
} from "../../device/kernel.ts";
import { overItems, sizeClass } from "./grid.ts";
import { panelBytes } from "./panel.ts";
import { inStretches, STRETCH_PARAMS } from "./stretches.ts";
import { formOf, withEpilogue } from "./epilogue.ts";

/** Rows and columns of `c` that an invocation of `registers` holds, and that a workgroup covers. */
const REGISTERS = { tile: 16, group: 8 * 16 } as const;

/** Rows and columns of `c` that a workgroup of `shared_tiles` covers. */
const SHARED_TILE = 64;

/** Steps of the sum whose operands it holds. */
const SHARED_STEPS = 16;

/**
 * An element of `c` for an invocation; tiles in registers, for software, with eight neighbours along a row or a column of
 * `c`, or so that they waste nothing; tiles that a workgroup of hardware shares, never timed.
 */
export const VARIANTS: Variants = {
  all: {
    plain: {
      supports: () => true,
      dispatches: (p, traits) =>
        inStretches(
          p.k,
          { terms: 1 },
          overItems(p.m * p.n, traits).map((dispatch) => ({
            ...dispatch,
            entry: "plain",
            constants: constantsOf(p),
          })),
        ),
    },
    registers: registers(lanesAcross),
    registers_across: registers(() => 8),
    registers_down: registers(() => 1),
    shared_tiles: {
      supports: () => true,
      dispatches: (p) =>
        inStretches(
          p.k,
          { terms: SHARED_STEPS },
          tiles("shared_tiles", SHARED_TILE, p, constantsOf(p)),
        ),
    },
  },
  shapeClass: (p) => {
    const orientation = `${p.transposeA ? "t" : "n"}${p.transposeB ? "t" : "n"}`;
    return `${orientation} ${sizeClass(2 * p.m * p.n * p.k)}`;
  },
  prefer: (p, { software }) => {
    if (!software) return "shared_tiles";
    return fitsVectors(p) ? "registers" : "plain";
  },
};

function registers(across: (p: Params) => number): Variant {
  return {
    supports: fitsVectors,
    dispatches: (p) =>
      inStretches(
        p.k,
        { terms: 4 },
        tiles("registers", REGISTERS.group, p, {
          ...constantsOf(p),
          RAGGED: Number(p.k % 4 !== 0),
          ACROSS: across(p),
        }),
      ),
  };
}

/** Whether both operands and `c` are made of vectors of four along their rows. */
function fitsVectors(p: Params): boolean {
  const alongSum = p.transposeA === 0 || p.transposeB === 1;
  return p.n % 4 === 0 && (p.transposeA === 0 || p.m % 4 === 0) && (!alongSum || p.k % 4 === 0);
}

function constantsOf(p: Params): Readonly<Record<string, number>> {
  return { TRANSPOSE_A: p.transposeA, TRANSPOSE_B: p.transposeB, EPILOGUE: formOf(p.epilogue) };
}

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
  epilogue: { extra: "extra", output: "c" },
  gpu: withEpilogue(withVariants("gemm", { dispatchParams: STRETCH_PARAMS }, VARIANTS)),
  scratch: (p) => panelBytes(p.m, p.n, p.k),
  flops: (p) => 2 * p.m * p.n * p.k,
};

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
  constants: Readonly<Record<string, number>>,
): readonly Dispatch[] {
  if (m === 0 || n === 0) return [];
  return [{ entry, groups: [Math.ceil(n / side), Math.ceil(m / side), 1], constants }];
}
