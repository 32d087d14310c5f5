/**
 * Reductions along one axis of a tensor, and the way back. The axis stays, with a length of 1; `reshape` takes it away.
 *
 * @module
 */
import { type Axis, extentOf, innerAxisOf } from "../program/axes.ts";
import type { Tensor } from "../program/trace.ts";
import { axisBroadcast } from "./kernels/axis_broadcast.ts";
import { axisMax } from "./kernels/axis_max.ts";
import { axisMaxGradient } from "./kernels/axis_max_gradient.ts";
import { axisSoftmax } from "./kernels/axis_softmax.ts";
import { axisSoftmaxGradient } from "./kernels/axis_softmax_gradient.ts";
import { axisSum } from "./kernels/axis_sum.ts";

/**
 * The sum along an axis.
 *
 * @param x f32, two axes or more.
 * @param axis Any but that of the examples.
 * @returns The shape of `x` with 1 in the place of the axis.
 * @throws {RangeError} if there is no such axis, or it is that of the examples.
 * @example
 * ```ts
 * import { createDevice, matrix, sumAlong } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([matrix(3, 32)], (x) => sumAlong(x, "features"));
 * program.run([new Float32Array(96).fill(2)]);
 * console.assert((await program.floats(0))[0] === 6);
 * ```
 */
export function sumAlong(x: Tensor, axis: Axis): Tensor {
  return sum(x, innerAxisOf(x.shape, axis, "sum"), 1);
}

/**
 * The mean along an axis.
 *
 * @param x f32, two axes or more.
 * @param axis Any but that of the examples.
 * @returns The shape of `x` with 1 in the place of the axis.
 * @throws {RangeError} if there is no such axis, or it is that of the examples.
 * @example
 * ```ts
 * import { createDevice, meanAlong } from "@filigree/filigree";
 *
 * // The mean of five positions.
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([{ shape: [2, 5, 32], type: "f32" }], (x) =>
 *   meanAlong(x, "positions"));
 * program.run([new Float32Array(2 * 5 * 32).fill(3)]);
 * const means = await program.floats(0);
 * console.assert(means.length === 2 * 32 && Math.abs(means[0] - 3) < 1e-6);
 * ```
 */
export function meanAlong(x: Tensor, axis: Axis): Tensor {
  const place = innerAxisOf(x.shape, axis, "average");
  return sum(x, place, 1 / x.shape[place]);
}

/**
 * The largest along an axis; NaN if one of them is. The gradient goes to the first where several are as large.
 *
 * @param x f32, two axes or more.
 * @param axis Any but that of the examples.
 * @returns The shape of `x` with 1 in the place of the axis.
 * @throws {RangeError} if there is no such axis, or it is that of the examples.
 * @example
 * ```ts
 * import { createDevice, matrix, maxAlong } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([matrix(3, 32)], (x) => maxAlong(x, "features"));
 * program.run([Float32Array.from({ length: 96 }, (_, i) => Math.floor(i / 32))]);
 * console.assert((await program.floats(0))[0] === 2);
 * ```
 */
export function maxAlong(x: Tensor, axis: Axis): Tensor {
  const { trace, shape } = x;
  const place = innerAxisOf(shape, axis, "find the largest");
  const y = trace.activation(shape.with(place, 1));
  const places = trace.activation(y.shape, "u32");
  const sizes = sizesOf(x, place);
  trace.emit(axisMax, [x, y, places], sizes);
  trace.differentiable({
    inputs: [x],
    output: y,
    backward(dy) {
      const dx = trace.activation(shape);
      trace.emit(axisMaxGradient, [places, dy, dx], sizes);
      return [dx];
    },
  });
  return y;
}

/**
 * The softmax along an axis: shares that are above 0 and add up to 1.
 *
 * @param x f32, two axes or more.
 * @param axis Any but that of the examples.
 * @returns The shape of `x`.
 * @throws {RangeError} if there is no such axis, or it is that of the examples.
 * @example
 * ```ts
 * import { createDevice, matrix, softmaxAlong } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([matrix(4, 32)], (x) => softmaxAlong(x, "features"));
 * program.run([new Float32Array(4 * 32).fill(3)]);
 * console.assert(Math.abs((await program.floats(0))[0] - 0.25) < 1e-6);
 * ```
 */
export function softmaxAlong(x: Tensor, axis: Axis): Tensor {
  const { trace, shape } = x;
  const sizes = sizesOf(x, innerAxisOf(shape, axis, "take the softmax"));
  const y = trace.activation(shape);
  trace.emit(axisSoftmax, [x, y], sizes);
  trace.differentiable({
    inputs: [x],
    output: y,
    backward(dy) {
      const dx = trace.activation(shape);
      trace.emit(axisSoftmaxGradient, [y, dy, dx], sizes);
      return [dx];
    },
  });
  return y;
}

/**
 * The same numbers again and again along an axis.
 *
 * @param x f32, two axes or more, of length 1 along `axis`.
 * @param axis Any but that of the examples.
 * @param length How often.
 * @returns The shape of `x` with `length` in the place of the axis.
 * @throws {RangeError} if there is no such axis, or it is that of the examples, or the length is no whole number from 1.
 * @throws {TypeError} if `x` is longer than 1 along it.
 * @example
 * ```ts
 * import { broadcastAlong, createDevice, matrix } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([matrix(1, 32)], (x) => broadcastAlong(x, "features", 4));
 * program.run([new Float32Array(32).fill(2)]);
 * console.assert((await program.floats(0)).length === 4 * 32);
 * ```
 */
export function broadcastAlong(x: Tensor, axis: Axis, length: number): Tensor {
  const { shape } = x;
  const place = innerAxisOf(shape, axis, "repeat");
  if (!(Number.isInteger(length) && length >= 1)) {
    throw new RangeError(
      `Cannot repeat [${shape}] ${length} times: expected a whole number from 1`,
    );
  }
  if (shape[place] !== 1) {
    throw new TypeError(
      `Cannot repeat [${shape}] along axis ${axis}: expected a length of 1, not of ${shape[place]}`,
    );
  }
  return broadcast(x, place, length, 1);
}

function sum(x: Tensor, place: number, scale: number): Tensor {
  const { trace, shape } = x;
  const y = trace.activation(shape.with(place, 1));
  trace.emit(axisSum, [x, y], { ...sizesOf(x, place), scale });
  trace.differentiable({
    inputs: [x],
    output: y,
    backward: (dy) => [broadcast(dy, place, shape[place], scale)],
  });
  return y;
}

function broadcast(x: Tensor, place: number, length: number, scale: number): Tensor {
  const { trace, shape } = x;
  const y = trace.activation(shape.with(place, length));
  trace.emit(axisBroadcast, [x, y], { ...sizesOf(y, place), scale });
  trace.differentiable({
    inputs: [x],
    output: y,
    backward: (dy) => [sum(dy, place, scale)],
  });
  return y;
}

/** A tensor around one of its axes, as the kernels take it. */
function sizesOf({ shape, elements }: Tensor, place: number) {
  const outer = extentOf(shape.slice(0, place));
  const length = shape[place];
  return { outer, length, inner: elements / outer / length };
}
