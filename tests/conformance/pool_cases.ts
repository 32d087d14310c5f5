/**
 * Cases of the kernels of pooling.
 *
 * @module
 */
import fc from "fast-check";
import type { Params } from "../../src/device/kernel.ts";
import { type Source, type Style, styles } from "../arbitraries.ts";
import { maxPool } from "../oracle/max_pool.ts";
import { imageLength, resultLength } from "../oracle/pooling.ts";
import { type Family, family } from "./family.ts";

interface PoolCase {
  readonly channels: number;
  readonly image: readonly [height: number, width: number];
  readonly region: readonly [height: number, width: number];
  readonly stride: readonly [down: number, across: number];
  readonly padding: number;
  /** Examples in memory; 1 in a program of a single one. */
  readonly columns: number;
  readonly style: Style;
}

const SHAPES: readonly Omit<PoolCase, "style">[] = [
  { channels: 3, image: [8, 8], region: [2, 2], stride: [2, 2], padding: 0, columns: 32 },
  { channels: 2, image: [7, 9], region: [3, 3], stride: [2, 2], padding: 1, columns: 64 },
  { channels: 5, image: [6, 5], region: [3, 3], stride: [1, 1], padding: 2, columns: 32 },
  { channels: 1, image: [1, 1], region: [1, 1], stride: [1, 1], padding: 0, columns: 32 },
  { channels: 4, image: [5, 11], region: [2, 5], stride: [3, 1], padding: 1, columns: 32 },
  { channels: 2, image: [9, 10], region: [1, 2], stride: [4, 5], padding: 0, columns: 96 },
  { channels: 33, image: [7, 6], region: [7, 6], stride: [7, 6], padding: 0, columns: 32 },
  { channels: 3, image: [2, 2], region: [5, 5], stride: [1, 2], padding: 4, columns: 32 },
  { channels: 2, image: [5, 5], region: [3, 3], stride: [2, 2], padding: 1, columns: 1 },
];

const EDGES: readonly PoolCase[] = SHAPES.flatMap((shape) =>
  (["integers", "extreme"] as const).map((style) => ({ ...shape, style }))
);

/** The families of the kernels of pooling. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  max_pool: family(EDGES, poolCases(), (source, options) => {
    const params = paramsOf(options);
    return {
      params,
      inputs: { x: source.floats(imageLength(params), options.style) },
      lengths: { y: resultLength(params) },
    };
  }),
  max_pool_gradient: family(EDGES, poolCases(), (source, options) => {
    const params = paramsOf(options);
    const x = drawComparable(source, imageLength(params), options.style);
    const y = Float32Array.from(maxPool({ x }, params).y.value);
    const dy = source.floats(y.length, options.style);
    return { params, inputs: { x, y, dy }, lengths: { dx: x.length } };
  }),
  average_pool: family(EDGES, poolCases(), (source, options) => {
    const params = paramsOf(options);
    return {
      params,
      inputs: { x: source.floats(imageLength(params), options.style) },
      lengths: { y: resultLength(params) },
    };
  }),
  average_pool_gradient: family(EDGES, poolCases(), (source, options) => {
    const params = paramsOf(options);
    return {
      params,
      inputs: { dy: source.floats(resultLength(params), options.style) },
      lengths: { dx: imageLength(params) },
    };
  }),
};

/** Numbers without subnormal ones: whether two of those are equal depends on whether they are taken for 0. */
function drawComparable(source: Source, length: number, style: Style): Float32Array {
  return source.floats(length, style === "extreme" ? "normal" : style);
}

function poolCases(): fc.Arbitrary<PoolCase> {
  const size = (max: number) => fc.integer({ min: 1, max });
  return fc.record({
    channels: size(6),
    image: fc.tuple(size(10), size(10)),
    region: fc.tuple(size(5), size(5)),
    stride: fc.tuple(size(4), size(4)),
    padding: fc.integer({ min: 0, max: 4 }),
    columns: fc.constantFrom(1, 32, 64),
    style: styles(),
  }).filter(({ image, region, padding }) =>
    region.every((n, i) => padding < n && n <= image[i] + 2 * padding)
  );
}

function paramsOf({ channels, image, region, stride, padding, columns }: PoolCase): Params {
  const [outHeight, outWidth] = [0, 1].map((i) =>
    Math.floor((image[i] + 2 * padding - region[i]) / stride[i]) + 1
  );
  return {
    channels,
    height: image[0],
    width: image[1],
    regionHeight: region[0],
    regionWidth: region[1],
    strideHeight: stride[0],
    strideWidth: stride[1],
    padding,
    outHeight,
    outWidth,
    columns,
  };
}
