/**
 * What the kernels of pooling have in common: the geometry of their regions.
 *
 * Images are `[channels, height, width, columns]`, columns being examples; those of the result are
 * `[channels, outHeight, outWidth, columns]`. Pixel (py, px) of the result is made of the pixels of its region that lie
 * inside the image: rows py * strideHeight - padding and the regionHeight - 1 below, columns px * strideWidth - padding and
 * the regionWidth - 1 to the right. Padding is smaller than a region, so that every region has a pixel.
 *
 * @module
 */
import type { Param, Params } from "../../device/kernel.ts";

/** The parameters that describe the regions: all that the kernels of pooling have. */
export const POOLING_PARAMS: readonly Param[] = [
  { name: "channels", type: "u32" },
  { name: "height", type: "u32" },
  { name: "width", type: "u32" },
  { name: "regionHeight", type: "u32" },
  { name: "regionWidth", type: "u32" },
  { name: "strideHeight", type: "u32" },
  { name: "strideWidth", type: "u32" },
  { name: "padding", type: "u32" },
  { name: "outHeight", type: "u32" },
  { name: "outWidth", type: "u32" },
  { name: "columns", type: "u32" },
];

/** Steps of the loops that go through the pixels of a region. */
export function regionSteps({ regionHeight, regionWidth }: Params): number {
  return regionHeight * (regionWidth + 2) + 1;
}

/** Steps of the loops that go through the regions that a pixel lies in, `each` of which takes as many more. */
export function meetingSteps(p: Params, each = 0): number {
  const down = Math.ceil(p.regionHeight / p.strideHeight);
  const across = Math.ceil(p.regionWidth / p.strideWidth);
  return down * (across * (1 + each) + 2) + 1;
}

/** Elements of the images. */
export function pooledFrom({ channels, height, width, columns }: Params): number {
  return channels * height * width * columns;
}

/** Elements of the result. */
export function pooledTo({ channels, outHeight, outWidth, columns }: Params): number {
  return channels * outHeight * outWidth * columns;
}
