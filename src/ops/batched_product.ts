/**
 * Products of matrices, one for every group and every example.
 *
 * @module
 */
import { type Axis, axisOf, extentOf } from "../program/axes.ts";
import type { Shape, Tensor } from "../program/trace.ts";
import { batchedProduct as batchedProductKernel } from "./kernels/batched_product.ts";

/** Which axes a product sums over. */
export interface Contraction {
  /** Of the first operand: one of its two axes before the examples. */
  readonly a: Axis;
  /** Of the second one: as long. */
  readonly b: Axis;
}

/**
 * The sum of products along one axis of each operand, for every index of the others: `[..., i, j, examples]` of
 * `a [..., i, l, examples]` and `b [..., l, j, examples]`, with the two axes of either in any order. Axes before those are
 * groups, such as heads, and the same in both.
 *
 * @param over The axes that are summed over: the last one or the one before it, of those that are not the examples'.
 * @returns The groups, what is left of `a`, what is left of `b`, examples.
 * @throws {TypeError} if the shapes do not fit.
 * @throws {RangeError} if an operand has no such axis.
 * @example
 * ```ts
 * import { batchedProduct, createDevice } from "@filigree/filigree";
 *
 * // Of two vectors of three numbers each, all scalar products, for every example.
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([{ shape: [3, 2, 32], type: "f32" }], (x) =>
 *   batchedProduct(x, x, { a: "features", b: "features" }));
 * program.run([new Float32Array(3 * 2 * 32).fill(2)]);
 * const products = await program.floats(0);
 * console.assert(products.length === 2 * 2 * 32 && products[0] === 12);
 * ```
 */
export function batchedProduct(a: Tensor, b: Tensor, over: Contraction): Tensor {
  const { trace } = a;
  const [left, right] = [matricesOf(a, over.a), matricesOf(b, over.b)];
  const alike = String(left.groups) === String(right.groups) && left.along === right.along &&
    a.shape.at(-1) === b.shape.at(-1);
  if (!alike) {
    throw new TypeError(
      `Cannot multiply [${a.shape}] along axis ${over.a} by [${b.shape}] along axis ${over.b}: ` +
        "expected the same groups and examples, and axes of the same length",
    );
  }
  const shape = [...left.groups, left.rest, right.rest, a.shape[a.shape.length - 1]];
  const c = trace.activation(shape);
  const [m, n, k] = [left.rest, right.rest, left.along];
  const transposeA = Number(left.first);
  const transposeB = Number(!right.first);
  multiply(a, b, c, { m, n, k, transposeA, transposeB });
  trace.differentiable({
    inputs: [a, b],
    output: c,
    backward(dc) {
      const da = trace.wantsGradient(a) ? trace.activation(a.shape) : undefined;
      if (da !== undefined && left.first) {
        multiply(b, dc, da, { m: k, n: m, k: n, transposeA: transposeB, transposeB: 1 });
      } else if (da !== undefined) {
        multiply(dc, b, da, { m, n: k, k: n, transposeA: 0, transposeB: 1 - transposeB });
      }
      const db = trace.wantsGradient(b) ? trace.activation(b.shape) : undefined;
      if (db !== undefined && right.first) {
        multiply(a, dc, db, { m: k, n, k: m, transposeA: 1 - transposeA, transposeB: 0 });
      } else if (db !== undefined) {
        multiply(dc, a, db, { m: n, n: k, k: m, transposeA: 1, transposeB: transposeA });
      }
      return [da, db];
    },
  });
  return c;
}

/** A tensor as matrices. */
interface Matrices {
  /** Axes before those of the matrices. */
  readonly groups: Shape;
  /** Whether the first axis of a matrix is summed over, not the second. */
  readonly first: boolean;
  /** Length of the axis that is summed over, and of the other. */
  readonly along: number;
  readonly rest: number;
}

function matricesOf({ shape, type }: Tensor, axis: Axis): Matrices {
  const place = axisOf(shape, axis);
  const first = place === shape.length - 3;
  if (type !== "f32" || shape.length < 3 || !(first || place === shape.length - 2)) {
    throw new TypeError(
      `Cannot multiply ${type} [${shape}] along axis ${axis}: expected f32, and one of the two axes before the examples`,
    );
  }
  const [height, width] = shape.slice(-3);
  const [along, rest] = first ? [height, width] : [width, height];
  return { groups: shape.slice(0, -3), first, along, rest };
}

/** Sizes of a product, and how its operands lie. */
interface Sizes {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: number;
  readonly transposeB: number;
}

function multiply(a: Tensor, b: Tensor, c: Tensor, sizes: Sizes): void {
  const groups = extentOf(a.shape.slice(0, -3));
  a.trace.emit(batchedProductKernel, [a, b, c], { groups, ...sizes, columns: c.paddedExamples });
}
