/**
 * Parts of tensors and tensors of parts, along their first axis, without copies where the device allows it.
 *
 * @module
 */
import type { GradientPart, Tensor } from "../program/trace.ts";
import { add } from "./kernels/add.ts";
import { copy } from "./kernels/copy.ts";
import { fill } from "./kernels/fill.ts";

/**
 * Rows `begin` to `begin + count` of a tensor: features of activations or of an input, rows of a weight. They lie in the
 * memory of `x` where the device can be given a part that begins there; otherwise they are copied.
 *
 * @param x Any shape but a scalar's.
 * @returns The shape of `x`, with `count` in the first place.
 * @throws {RangeError} if `x` has not as many rows.
 * @throws {TypeError} if `x` holds u32 and the rows cannot be had without a copy.
 * @example
 * ```ts
 * import { createDevice, matrix, slice } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([matrix(3, 32)], (x) => slice(x, 1, 2));
 * program.run([Float32Array.from({ length: 3 * 32 }, (_, i) => i)]);
 * console.assert((await program.floats(0))[0] === 32);
 * ```
 */
export function slice(x: Tensor, begin: number, count: number): Tensor {
  const { trace, rows, columns } = x;
  const whole = [begin, count].every(Number.isInteger);
  if (x.shape.length === 0 || !whole || begin < 0 || count < 1 || begin + count > rows) {
    throw new RangeError(
      `Cannot take ${count} rows of x [${x.shape}] from ${begin} on: expected some of its ${rows} rows`,
    );
  }
  if (count === rows) return x;
  const y = rowsOf(x, begin, count);
  trace.differentiable({
    inputs: [x],
    output: y,
    backward: () => [],
    part: { begin: begin * columns, assemble },
  });
  return y;
}

/**
 * Tensors one behind the other along their first axis, features. What makes a part writes it to its place at once, unless
 * something else needs it elsewhere or the device cannot be given a part that begins there: then it is copied.
 *
 * @param parts Tensors of f32 whose other axes are alike.
 * @returns The shape of the parts, with the sum of their rows in the first place.
 * @throws {TypeError} if there are none, or they do not fit together.
 * @example
 * ```ts
 * import { concat, createDevice, matrix } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([matrix(1, 32), matrix(2, 32)], (a, b) => concat([a, b]));
 * program.run([new Float32Array(32).fill(1), new Float32Array(64).fill(2)]);
 * const all = await program.floats(0);
 * console.assert(all.length === 96 && all[0] === 1 && all[95] === 2);
 * ```
 */
export function concat(parts: readonly Tensor[]): Tensor {
  if (parts.length === 0) {
    throw new TypeError("Cannot put no tensors together: expected one or more");
  }
  const [{ trace, shape: [, ...others] }] = parts;
  const odd = parts.find(({ shape: [, ...own], type }) =>
    type !== "f32" || own.length === 0 || String(own) !== String(others)
  );
  if (odd !== undefined) {
    throw new TypeError(
      `Cannot put ${odd.type} [${odd.shape}] behind [${
        parts[0].shape
      }]: expected f32 tensors that differ in the first axis alone`,
    );
  }
  const y = trace.activation([parts.reduce((sum, { rows }) => sum + rows, 0), ...others]);
  const begins: number[] = [];
  let begin = 0;
  for (const part of parts) {
    begins.push(begin);
    write(y, part, begin * y.columns);
    begin += part.rows;
  }
  trace.differentiable({
    inputs: parts,
    output: y,
    backward: (upstream) => parts.map(({ rows }, i) => rowsOf(upstream, begins[i], rows)),
  });
  return y;
}

/** Rows in the memory of a tensor, or a copy of them. */
function rowsOf(x: Tensor, begin: number, count: number): Tensor {
  const { trace, shape: [, ...others], columns, type } = x;
  const rows = trace.rows(x, begin, count);
  if (rows !== undefined) return rows;
  if (type === "u32") {
    throw new TypeError(
      `Cannot take ${count} rows of u32 [${x.shape}] from ${begin} on without a copy: expected a part that begins at a ` +
        `multiple of ${trace.alignment} bytes`,
    );
  }
  const shape = [count, ...others];
  const y = others.length > 0 ? trace.activation(shape) : trace.transient(shape, "gradients");
  trace.emit(copy, [x, y], { length: count * columns, begin: begin * columns, to: 0 });
  return y;
}

function write(y: Tensor, part: Tensor, to: number): void {
  y.trace.emit(copy, [part, y], { length: part.elements, begin: 0, to });
}

/** The gradient of a tensor from those of its parts: 0 where there is none, the sum where there are several. */
function assemble(input: Tensor, parts: readonly GradientPart[]): Tensor {
  const { trace } = input;
  let left = [...parts].sort((a, b) => a.begin - b.begin);
  let sum: Tensor | undefined;
  while (left.length > 0) {
    const over: GradientPart[] = [];
    const layer = left.reduce<GradientPart[]>((chosen, part) => {
      const free = chosen.length === 0 || endOf(chosen[chosen.length - 1]) <= part.begin;
      (free ? chosen : over).push(part);
      return chosen;
    }, []);
    left = over;
    const gradient = spread(input, layer);
    if (sum === undefined) {
      sum = gradient;
      continue;
    }
    const both = gradientLike(input);
    trace.emit(add, [sum, gradient, both], { length: both.elements });
    sum = both;
  }
  return sum ?? spread(input, []);
}

/** A gradient that has parts in their places and is 0 elsewhere. */
function spread(input: Tensor, parts: readonly GradientPart[]): Tensor {
  const { trace } = input;
  const whole = gradientLike(input);
  let begin = 0;
  const clear = (to: number): void => {
    if (to > begin) trace.emit(fill, [whole], { length: to - begin, to: begin, value: 0 });
  };
  for (const part of parts) {
    clear(part.begin);
    write(whole, part.gradient, part.begin);
    begin = endOf(part);
  }
  clear(whole.elements);
  return whole;
}

function endOf({ begin, gradient }: GradientPart): number {
  return begin + gradient.elements;
}

function gradientLike({ trace, shape, root: { storage } }: Tensor): Tensor {
  return storage.kind === "resource"
    ? trace.transient(shape, "gradients")
    : trace.activation(shape);
}
