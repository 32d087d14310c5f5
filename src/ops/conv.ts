/**
 * The convolution, dense or sparse: a linear operation on the windows of images, which are read where they lie.
 *
 * @module
 */
import type { Params } from "../device/kernel.ts";
import type { Tensor } from "../program/trace.ts";
import { affine, affineResult, type LinearOptions } from "./affine.ts";
import { EPILOGUE } from "./kernels/constants.ts";
import { conv } from "./kernels/conv.ts";
import { convBlockSddmm } from "./kernels/conv_block_sddmm.ts";
import { convBlockSpmm } from "./kernels/conv_block_spmm.ts";
import { convBlockSpmmTransposed } from "./kernels/conv_block_spmm_transposed.ts";
import { convGradient } from "./kernels/conv_gradient.ts";
import { convSddmm } from "./kernels/conv_sddmm.ts";
import { convSpmm } from "./kernels/conv_spmm.ts";
import { convSpmmTransposed } from "./kernels/conv_spmm_transposed.ts";
import { convTransposed } from "./kernels/conv_transposed.ts";
import { permute } from "./kernels/permute.ts";
import type { Matrix, SparseMatrix, Unit } from "./matrix.ts";
import { type Epilogue, isConnection, isWhole, listsOf, valuesOf } from "./products.ts";

/** Which windows of an image a convolution sees. */
export interface ConvolutionWindows {
  /** Height and width of a window. */
  readonly kernel: readonly [height: number, width: number];
  /** Pixels from one window to the next, down and across; 1 by default. */
  readonly stride?: number;
  /** Zeros before and behind every row and column of pixels; 0 by default. */
  readonly padding?: number;
}

/**
 * `y[o] = sum over c, dy, dx of W[o, (c, dy, dx)] x[c, py stride + dy - padding, px stride + dx - padding]`, plus a bias:
 * the cross-correlation that the field calls convolution.
 *
 * @param x `[channels, height, width, examples]`
 * @param weight `W`, `[rows, channels * kernel height * kernel width]`, dense or of any pattern: a group is of
 *   neighbouring rows; a block is of neighbouring rows and inputs, and a segment of N:M of neighbouring inputs, which are the
 *   taps of a window by rows, channel after channel
 * @returns `[rows, out height, out width, examples]`; a size becomes `floor((size + 2 padding - kernel) / stride) + 1`.
 * @throws {TypeError} if `x` does not fit the weight.
 * @throws {RangeError} if a padded image is smaller than the window.
 * @example
 * ```ts
 * import { conv2d, createDevice, fanIn, matrix, nn, reshape } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * const [{ sparse }] = nn.conv2d(1, 4, { kernel: 3, pattern: fanIn(2) }).weights;
 * if (sparse !== undefined) {
 *   using program = await device.compile([matrix(25, 32)], (x) => {
 *     return conv2d(reshape(x, [1, 5, 5]), sparse, { kernel: [3, 3] });
 *   });
 *   console.assert(program.traced.outputs[0].shape.join() === "4,3,3,32");
 * }
 * ```
 */
export function conv2d(
  x: Tensor,
  weight: Matrix,
  windows: ConvolutionWindows,
  options: LinearOptions = {},
): Tensor {
  const shape = shapeOf(x, weight, windows);
  const outcome = [weight.rows, shape.outHeight, shape.outWidth, x.shape[3]];
  const { y, epilogue } = affineResult(x, weight, outcome, options);
  multiply(weight, shape, x, y, epilogue);
  return affine(y, {
    ...{ ...options, x, weight, windows: shape },
    weightGradient: (dy) => weightGradient(weight, shape, dy, x),
    inputGradient: (dy) => imageGradient(weight, shape, dy, x),
  });
}

/** The parameters that all kernels of the convolution begin with. */
function shapeOf(
  x: Tensor,
  weight: Matrix,
  { kernel, stride = 1, padding = 0 }: ConvolutionWindows,
) {
  const [kernelHeight, kernelWidth] = kernel;
  const { rows, inputs } = weight;
  const channels = inputs / (kernelHeight * kernelWidth);
  const [found, height, width] = x.shape;
  const what = `Cannot convolve x [${x.shape}] with ${kernelHeight} x ${kernelWidth} windows`;
  if (x.shape.length !== 4 || found !== channels) {
    throw new TypeError(
      `${what} of ${channels} channels: expected x [${channels}, height, width, examples]`,
    );
  }
  const outHeight = Math.floor((height + 2 * padding - kernelHeight) / stride) + 1;
  const outWidth = Math.floor((width + 2 * padding - kernelWidth) / stride) + 1;
  if (outHeight < 1 || outWidth < 1) {
    throw new RangeError(
      `${what} and padding ${padding}: the padded image is smaller than a window; expected a larger padding`,
    );
  }
  return {
    ...{ rows, channels, height, width, kernelHeight, kernelWidth, stride, padding },
    ...{ outHeight, outWidth, columns: x.paddedExamples },
  };
}

/** Records the product. */
function multiply(
  weight: Matrix,
  shape: Params,
  x: Tensor,
  y: Tensor,
  { kind: epilogue, extra }: Epilogue,
): void {
  const { trace } = x;
  const operands = [valuesOf(trace, weight), x, extra, y];
  if (isWhole(weight)) {
    trace.emit(conv, operands, { ...shape, epilogue });
    return;
  }
  const { unit } = weight;
  const lists = listsOf(trace, weight);
  const params = { ...shape, ...roomOf(weight.lists), epilogue };
  if (isConnection(unit)) trace.emit(convSpmm, [...lists, ...operands], params);
  else trace.emit(convBlockSpmm, [...lists, ...operands], { ...params, ...sizeOf(unit) });
}

/** Records the gradient of the image and gives it. */
function imageGradient(weight: Matrix, shape: Params, dy: Tensor, x: Tensor): Tensor {
  const { trace } = x;
  const dx = trace.activation(x.shape);
  const values = valuesOf(trace, weight);
  const epilogue = EPILOGUE.none;
  if (isWhole(weight)) {
    trace.emit(convTransposed, [values, dy, values, dx], { ...shape, epilogue });
    return dx;
  }
  const { unit, transposed } = weight;
  if (transposed === undefined) {
    throw new TypeError("A pattern has a transposed view");
  }
  const { capacity } = transposed;
  const slot = trace.resource(transposed.slot);
  const lists = [trace.resource(transposed.span), trace.resource(transposed.index)];
  const params = { ...shape, ...roomOf(transposed), epilogue };
  if (isConnection(unit)) {
    const turned = trace.transient([capacity], "permuted");
    trace.emit(permute, [slot, values, turned], { length: capacity });
    trace.emit(convSpmmTransposed, [...lists, turned, dy, turned, dx], params);
  } else {
    const operands = [...lists, slot, values, dy, values, dx];
    trace.emit(convBlockSpmmTransposed, operands, { ...params, ...sizeOf(unit) });
  }
  return dx;
}

/** Records the gradient of the values and gives it. */
function weightGradient(weight: Matrix, shape: Params, dy: Tensor, x: Tensor): Tensor {
  const { trace } = x;
  const gradient = trace.transient([weight.values.length], "gradients");
  if (weight.kind === "dense" || weight.dense === true) {
    trace.emit(convGradient, [dy, x, gradient], shape);
    return gradient;
  }
  const { unit } = weight;
  const operands = [...listsOf(trace, weight), dy, x, gradient];
  const params = { ...shape, ...roomOf(weight.lists) };
  if (isConnection(unit)) trace.emit(convSddmm, operands, params);
  else trace.emit(convBlockSddmm, operands, { ...params, ...sizeOf(unit) });
  return gradient;
}

function roomOf({ capacity, wide }: SparseMatrix["lists"]) {
  return { capacity, wide: Number(wide) };
}

/** The size of a unit, beside which kernels have that of an image. */
function sizeOf({ height, width }: Unit) {
  return { unitHeight: height, unitWidth: width };
}
