/**
 * Pooling: every region of an image becomes one number.
 *
 * @module
 */
import type { Kernel, Params } from "../device/kernel.ts";
import type { Tensor } from "../program/trace.ts";
import { averagePool as averagePoolKernel } from "./kernels/average_pool.ts";
import { averagePoolGradient } from "./kernels/average_pool_gradient.ts";
import { maxPool as maxPoolKernel } from "./kernels/max_pool.ts";
import { maxPoolGradient } from "./kernels/max_pool_gradient.ts";
import { LOOP_STEPS } from "./kernels/stretches.ts";
import { reshape } from "./reshape.ts";

/** Which regions of an image are pooled. */
export interface PoolingRegions {
  /** Side of a square region, or its height and width, in pixels. */
  readonly size: number | readonly [height: number, width: number];
  /** Pixels from one region to the next, alike or down and across; the size by default, so that regions do not overlap. */
  readonly stride?: number | readonly [down: number, across: number];
  /** Places around the image that regions may reach into, fewer than a region has on either side; 0 by default. */
  readonly padding?: number;
}

/**
 * The largest pixel of every region; padding is never the largest. The gradient of a region goes to its largest pixel, the
 * first one row by row where several are as large. The result is NaN where a pixel of the region is, and then the gradient
 * of that region goes nowhere.
 *
 * @param x `[channels, height, width, examples]`
 * @returns `[channels, out height, out width, examples]`; a size becomes `floor((size + 2 padding - region) / stride) + 1`.
 * @throws {TypeError} if `x` is no images.
 * @throws {RangeError} if the regions do not fit the images, are no whole numbers, or have too many pixels.
 * @example
 * ```ts
 * import { createDevice, matrix, maxPool, reshape } from "@filigree/filigree";
 *
 * // Pictures of 2 x 2 pixels: 0, 1, 2 and 3.
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([matrix(4, 32)], (x) => maxPool(reshape(x, [1, 2, 2]), { size: 2 }));
 * program.run([Float32Array.from({ length: 4 * 32 }, (_, i) => Math.floor(i / 32))], { step: 0, totalSteps: 0 });
 * console.assert((await program.floats(0))[0] === 3);
 * ```
 */
export function maxPool(x: Tensor, regions: PoolingRegions): Tensor {
  const { trace } = x;
  const params = shapeOf("max pooling", x, regions);
  // A pixel is compared with all of every region that it lies in.
  const { regionHeight, regionWidth, strideHeight, strideWidth } = params;
  const meets = Math.ceil(regionHeight / strideHeight) * Math.ceil(regionWidth / strideWidth);
  requireSteps("max pooling", meets * regionHeight * (1 + regionWidth), params);
  const y = forward(maxPoolKernel, x, params);
  trace.differentiable({
    inputs: [x],
    output: y,
    backward(dy) {
      const dx = trace.activation(x.shape);
      trace.emit(maxPoolGradient, [x, y, dy, dx], params);
      return [dx];
    },
  });
  return y;
}

/**
 * The mean of the pixels of every region. Padding does not count: a region is divided by the number of its pixels inside the
 * image (PyTorch's `count_include_pad=False`).
 *
 * @param x `[channels, height, width, examples]`
 * @returns `[channels, out height, out width, examples]`; a size becomes `floor((size + 2 padding - region) / stride) + 1`.
 * @throws {TypeError} if `x` is no images.
 * @throws {RangeError} if the regions do not fit the images, are no whole numbers, or have too many pixels.
 * @example
 * ```ts
 * import { averagePool, createDevice, matrix, reshape } from "@filigree/filigree";
 *
 * // Pictures of 2 x 2 pixels: 0, 1, 2 and 3.
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([matrix(4, 32)], (x) => averagePool(reshape(x, [1, 2, 2]), { size: 2 }));
 * program.run([Float32Array.from({ length: 4 * 32 }, (_, i) => Math.floor(i / 32))], { step: 0, totalSteps: 0 });
 * console.assert((await program.floats(0))[0] === 1.5);
 * ```
 */
export function averagePool(x: Tensor, regions: PoolingRegions): Tensor {
  const { trace } = x;
  const params = shapeOf("average pooling", x, regions);
  requireSteps("average pooling", params.regionHeight * (1 + params.regionWidth), params);
  const y = forward(averagePoolKernel, x, params);
  trace.differentiable({
    inputs: [x],
    output: y,
    backward(dy) {
      const dx = trace.activation(x.shape);
      trace.emit(averagePoolGradient, [dy, dx], params);
      return [dx];
    },
  });
  return y;
}

/**
 * The mean of all pixels of every channel.
 *
 * @param x `[channels, height, width, examples]`
 * @returns `[channels, examples]`
 * @throws {TypeError} if `x` is no images.
 * @throws {RangeError} if the images have too many pixels.
 * @example
 * ```ts
 * import { createDevice, globalAveragePool, matrix, reshape } from "@filigree/filigree";
 *
 * // Pictures of 2 x 2 pixels: 0, 1, 2 and 3.
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([matrix(4, 32)], (x) => globalAveragePool(reshape(x, [1, 2, 2])));
 * program.run([Float32Array.from({ length: 4 * 32 }, (_, i) => Math.floor(i / 32))], { step: 0, totalSteps: 0 });
 * console.assert((await program.floats(0))[0] === 1.5);
 * ```
 */
export function globalAveragePool(x: Tensor): Tensor {
  const [, height, width] = requireImages("global average pooling", x);
  return reshape(averagePool(x, { size: [height, width] }), [x.rows]);
}

function forward(kernel: Kernel, x: Tensor, params: Params): Tensor {
  const { trace, shape } = x;
  const y = trace.activation([shape[0], params.outHeight, params.outWidth, shape[3]]);
  trace.emit(kernel, [x, y], params);
  return y;
}

function requireImages(what: string, { shape }: Tensor): readonly number[] {
  if (shape.length === 4) return shape;
  throw new TypeError(
    `Cannot apply ${what} to x [${shape}]: expected images [channels, height, width, examples]; ` +
      "nn.image makes them of [features, examples]",
  );
}

/** The parameters of the kernels. */
function shapeOf(what: string, x: Tensor, regions: PoolingRegions): Params {
  const [channels, height, width] = requireImages(what, x);
  const [regionHeight, regionWidth] = pair(regions.size);
  const [strideHeight, strideWidth] = pair(regions.stride ?? regions.size);
  const { padding = 0 } = regions;
  requireRegions(`Cannot apply ${what} to x [${x.shape}]`, regions);
  const outHeight = Math.floor((height + 2 * padding - regionHeight) / strideHeight) + 1;
  const outWidth = Math.floor((width + 2 * padding - regionWidth) / strideWidth) + 1;
  if (outHeight < 1 || outWidth < 1) {
    throw new RangeError(
      `Cannot apply ${what} to x [${x.shape}]: a region of ${regionHeight} x ${regionWidth} is larger than the image ` +
        `and its padding of ${padding}; expected a smaller region`,
    );
  }
  return {
    ...{ channels, height, width, regionHeight, regionWidth, strideHeight, strideWidth, padding },
    ...{ outHeight, outWidth, columns: x.paddedExamples },
  };
}

/**
 * Refuses regions that no image has.
 *
 * @param cannot Begins the message, such as `Cannot make max pooling`.
 * @throws {RangeError} if a size is not a whole number above 0, or the padding none below the sizes.
 */
export function requireRegions(cannot: string, regions: PoolingRegions): void {
  const { size, stride = size, padding = 0 } = regions;
  for (const [name, value] of Object.entries({ size, stride })) {
    if (pair(value).every((n) => Number.isInteger(n) && n > 0)) continue;
    throw new RangeError(`${cannot}: ${name} is ${value}; expected whole numbers above 0`);
  }
  if (!(Number.isInteger(padding) && padding >= 0 && padding < Math.min(...pair(size)))) {
    throw new RangeError(
      `${cannot}: padding is ${padding}; expected a whole number below the size of a region, ${size}`,
    );
  }
}

/** Refuses regions whose loops a software adapter would leave before their end. */
function requireSteps(what: string, steps: number, { regionHeight, regionWidth }: Params): void {
  if (steps <= LOOP_STEPS) return;
  throw new RangeError(
    `Cannot apply ${what} with regions of ${regionHeight} x ${regionWidth} pixels: a pixel takes ${steps} steps; ` +
      `expected at most ${LOOP_STEPS}, of smaller regions or a larger stride`,
  );
}

/** Two numbers, down and across, where one stands for both. */
export function pair(value: number | readonly [number, number]): readonly [number, number] {
  return typeof value === "number" ? [value, value] : value;
}
