/**
 * The parameters that layers are made of: a weight matrix, dense or sparse, and vectors.
 *
 * @module
 */
import { Random } from "../device/random.ts";
import type { Matrix } from "../ops/matrix.ts";
import { Resource } from "../program/resource.ts";
import { isDense } from "../sparse/lookup.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import type { StorageName } from "../sparse/storage/mod.ts";
import { SparseWeight } from "../sparse/weight.ts";
import type { Weight } from "./tree.ts";

/** A weight matrix, and how the layer presents it. */
export interface MadeWeight {
  /** For the operation. */
  readonly matrix: Matrix;
  /** For the tree. */
  readonly known: Weight;
}

/**
 * A weight matrix `[rows, inputs]`: normal numbers of variance `2 / fan-in` (He et al. 2015, equation 10), with the fan-in
 * that the pattern really has.
 *
 * @throws {RangeError} if the pattern cannot be had, or a dense matrix is to have a storage of sparse ones.
 */
export function makeWeight(
  label: string,
  rows: number,
  inputs: number,
  pattern: PatternSpec,
  storage: StorageName = "compressed",
): MadeWeight {
  if (isDense(pattern) && storage !== "compressed") {
    throw new RangeError(
      `Cannot make "${label}" with the storage "${storage}": its pattern is dense, so that it is stored as it is; ` +
        "expected a sparse pattern, or no storage",
    );
  }
  const matrix: Matrix = isDense(pattern)
    ? denseMatrix(label, rows, inputs)
    : new SparseWeight({ label, rows, inputs, spec: pattern, storage });
  const { values } = matrix;
  const sparse = matrix instanceof SparseWeight ? matrix : undefined;
  return { matrix, known: { shape: [rows, inputs], values, sparse } };
}

/** A bias of `length` zeros. */
export function makeBias(label: string, length: number): Resource {
  return new Resource({ label, type: "f32", length, category: "parameters", trainable: true });
}

/**
 * Refuses sizes of a layer that are no whole numbers above 0.
 *
 * @param what Such as `linear layer "layer0"`.
 */
export function requireSizes(what: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (Number.isInteger(size) && size > 0) continue;
    throw new RangeError(
      `Cannot make ${what}: ${name} is ${size}; expected a whole number above 0`,
    );
  }
}

function denseMatrix(label: string, rows: number, inputs: number): Matrix {
  const length = rows * inputs;
  const values = new Resource({
    label,
    type: "f32",
    length,
    category: "parameters",
    trainable: true,
    decay: true,
    initial: ({ seed, stream }) =>
      new Random({ seed, use: "values", stream }).normals(length, Math.sqrt(2 / inputs)),
  });
  return { kind: "dense", rows, inputs, values };
}
