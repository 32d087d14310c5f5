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
import { type Param, type Params, roundUp } from "../../device/kernel.ts";

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

/** Bytes in which a thread of WASM notes what `terms` connections read: place, shift and value, in whole vectors. */
export function termBytes(terms: number): number {
  return 12 * roundUp(terms, 4);
}
