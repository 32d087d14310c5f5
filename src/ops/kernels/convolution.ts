/**
 * What the kernels of convolutions have in common: the geometry of their windows.
 *
 * Images are `[channels, height, width, columns]`, columns being examples; those of the result are
 * `[rows, outHeight, outWidth, columns]`. The weight is a matrix `[rows, channels * kernelHeight * kernelWidth]`: input
 * `(c * kernelHeight + dy) * kernelWidth + dx` of the result's pixel (py, px) is the pixel (py * stride + dy - padding,
 * px * stride + dx - padding) of channel c, or 0 outside the image. All kernels read and write runs of columns where they
 * lie; no matrix of windows is ever made.
 *
 * @module
 */
import {
  type Dispatch,
  type Param,
  type Params,
  roundUp,
  type Traits,
} from "../../device/kernel.ts";
import { hardwareVectors, overItems } from "./grid.ts";
import { BESIDE, LOOP_STEPS, type Stretch, stretches } from "./stretches.ts";

/** The parameters that describe the windows; every kernel of convolutions begins with them. */
export const WINDOW_PARAMS: readonly Param[] = [
  { name: "rows", type: "u32" },
  { name: "channels", type: "u32" },
  { name: "height", type: "u32" },
  { name: "width", type: "u32" },
  { name: "kernelHeight", type: "u32" },
  { name: "kernelWidth", type: "u32" },
  { name: "stride", type: "u32" },
  { name: "padding", type: "u32" },
  { name: "outHeight", type: "u32" },
  { name: "outWidth", type: "u32" },
  { name: "columns", type: "u32" },
];

/** The parameters of the size of a unit: rows by inputs of the matrix, as in `block_spmm`. */
export const UNIT_PARAMS: readonly Param[] = [
  { name: "unitHeight", type: "u32" },
  { name: "unitWidth", type: "u32" },
];

/** Inputs of the matrix. */
export function windowInputs({ channels, kernelHeight, kernelWidth }: Params): number {
  return channels * kernelHeight * kernelWidth;
}

/** Elements of a row of the result. */
export function outElements({ outHeight, outWidth, columns }: Params): number {
  return outHeight * outWidth * columns;
}

/** Elements of a channel of the image. */
export function imageElements({ height, width, columns }: Params): number {
  return height * width * columns;
}

/** Operations of a product by a matrix of units. */
export function unitFlops(p: Params): number {
  return 2 * p.capacity * p.unitHeight * p.unitWidth * outElements(p);
}

/** Bytes in which a thread of WASM notes what `terms` connections read: place, shift and value, in whole vectors. */
export function termBytes(terms: number): number {
  return 12 * roundUp(terms, 4);
}

/** The constants of `wgsl/shared/windows.wgsl`. */
export function windowConstants({ kernelHeight, kernelWidth, stride }: Params) {
  return { KERNEL_HEIGHT: kernelHeight, KERNEL_WIDTH: kernelWidth, STRIDE: stride };
}

/** Vectors of columns that an invocation holds on software: measured; more are hardly faster. */
const SOFTWARE_VECTORS = 4;

/** Vectors of columns that an invocation holds in each of `lines` lines of an image. */
export function lineVectors(lines: number, { columns }: Params, { software }: Traits): number {
  return software ? SOFTWARE_VECTORS : hardwareVectors({ rows: lines, columns });
}

/** An invocation for some vectors of columns in each of `lines` lines of an image: VECTORS of them, ADJACENT on software. */
export function overLines(lines: number, p: Params, traits: Traits): readonly Dispatch[] {
  const { columns } = p;
  const { software } = traits;
  const vectors = lineVectors(lines, p, traits);
  const constants = { ...windowConstants(p), VECTORS: vectors, ADJACENT: Number(software) };
  return overItems(lines * columns / (4 * vectors), traits)
    .map((dispatch) => ({ ...dispatch, constants }));
}

/**
 * Rows or channels that a dispatch adds: as many as its loops may take steps for, once for every tap. A loop takes one step
 * more than it has turns.
 */
export function depthStretches(depth: number, p: Params): readonly Stretch[] {
  const most = Math.floor(LOOP_STEPS / (p.kernelHeight * p.kernelWidth)) - 2;
  return stretches(depth, Math.max(most, 1));
}

/** Steps of the loops for a stretch of `some` of them. */
export function depthSteps(some: number, { kernelHeight, kernelWidth }: Params): number {
  return kernelHeight * kernelWidth * (some + 2) + 1;
}

/** Pixels that a workgroup takes at a time for the gradients of the weight, and columns of each. */
const AT_ONCE = { pixels: 8, columns: 32 } as const;

/** Pixels that a dispatch adds to the gradients of the weight: as many as its loops may take steps for. */
export function pixelStretches({ outHeight, outWidth, columns }: Params): readonly Stretch[] {
  const most = AT_ONCE.pixels * Math.max(Math.floor(LOOP_STEPS / stepsAtOnce(columns)), 1);
  return stretches(outHeight * outWidth, most);
}

/** Steps of the loops for a stretch of `some` of them, and of what an invocation does beside. */
export function pixelSteps(some: number, { columns }: Params): number {
  return Math.ceil(some / AT_ONCE.pixels) * stepsAtOnce(columns) + BESIDE;
}

function stepsAtOnce(columns: number): number {
  return 2 + columns / AT_ONCE.columns;
}

/** Workgroups that compute the gradients of `rows` rows in tiles of `wgsl/shared/window_products.wgsl`. */
export function windowTiles(rows: number, p: Params): number {
  return Math.ceil(rows / 4) * Math.ceil(windowInputs(p) / 4);
}
