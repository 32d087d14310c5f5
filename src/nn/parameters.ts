/**
 * The parameters that layers are made of: a weight matrix, dense or sparse, and vectors.
 *
 * @module
 */
import type { Matrix } from "../ops/matrix.ts";
import { Resource } from "../program/resource.ts";
import { he, type Init } from "../sparse/init.ts";
import { isDense } from "../sparse/lookup.ts";
import type { PreferredInputs } from "../sparse/draw.ts";
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

/** How the values of a weight begin, and where they live. */
export interface WeightOptions {
  /**
   * Where the values of a sparse weight live: those of active connections alone ("compressed", the default), the same
   * of which the forward reads a part that a method chooses ("subset"), a dense "master" of which the pattern is a view, and
   * whose connections are all trained, or the same under an N:M mask that follows it ("masked").
   */
  readonly storage?: StorageName;
  /** What weights begin with; `he()` by default. */
  readonly init?: Init;
}

/** Patterns of the matrices of a layer by their paths in it, such as `attention.query`. */
export type MatrixPatterns<Path extends string = string> = Readonly<
  Partial<Record<Path, PatternSpec>>
>;

/** How the matrices of a layer that has several are made. */
export interface MatricesOptions extends WeightOptions {
  /** Which connections of all matrices may exist; all of them by default. */
  readonly pattern?: PatternSpec;
  /** The patterns of matrices that have another one. */
  readonly patterns?: MatrixPatterns;
}

/** What a matrix of a layer is made with. One that has a dense pattern of its own has no storage of sparse ones. */
export function matrixOptions(
  { pattern, patterns = {}, storage, init }: MatricesOptions,
  path: string,
): WeightOptions & { readonly pattern?: PatternSpec } {
  const own: PatternSpec | undefined = patterns[path];
  const chosen = own ?? pattern;
  const isStored = own === undefined || !isDense(own);
  return {
    ...(chosen === undefined ? {} : { pattern: chosen }),
    ...(storage === undefined || !isStored ? {} : { storage }),
    ...(init === undefined ? {} : { init }),
  };
}

/** What the matrices of a part of a layer are made with: paths begin in the part. */
export function partOptions(
  { pattern, patterns = {}, storage, init }: MatricesOptions,
  part: string,
): MatricesOptions {
  const within = Object.entries(patterns).flatMap(([path, own]) =>
    own !== undefined && path.startsWith(`${part}.`) ? [[path.slice(part.length + 1), own]] : []
  );
  return {
    ...(pattern === undefined ? {} : { pattern }),
    ...(within.length === 0 ? {} : { patterns: Object.fromEntries(within) }),
    ...(storage === undefined ? {} : { storage }),
    ...(init === undefined ? {} : { init }),
  };
}

/**
 * A weight matrix `[rows, inputs]`.
 *
 * @throws {RangeError} if the pattern cannot be had, or a dense matrix is to have a storage of sparse ones.
 */
export function makeWeight(
  label: string,
  rows: number,
  inputs: number,
  pattern: PatternSpec,
  { storage = "compressed", init = he(), preferred }: WeightOptions & {
    readonly preferred?: PreferredInputs;
  } = {},
): MadeWeight {
  if (isDense(pattern) && storage !== "compressed") {
    throw new RangeError(
      `Cannot make "${label}" with the storage "${storage}": its pattern is dense, so that it is stored as it is; ` +
        "expected a sparse pattern, or no storage",
    );
  }
  const matrix: Matrix = isDense(pattern)
    ? denseMatrix(label, rows, inputs, init)
    : new SparseWeight({
      ...{ label, rows, inputs, spec: pattern, storage, init },
      ...(preferred === undefined ? {} : { preferred }),
    });
  const { values } = matrix;
  const sparse = matrix instanceof SparseWeight ? matrix : undefined;
  return { matrix, known: { shape: [rows, inputs], values, sparse } };
}

/** A bias of `length` numbers, which all begin as `first`, 0 by default. */
export function makeBias(label: string, length: number, first = 0): Resource {
  return new Resource({
    ...{ label, type: "f32", length, category: "parameters", trainable: true },
    ...(first === 0 ? {} : { initial: () => new Float32Array(length).fill(first) }),
  });
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

function denseMatrix(label: string, rows: number, inputs: number, init: Init): Matrix {
  const length = rows * inputs;
  const values = new Resource({
    label,
    type: "f32",
    length,
    category: "parameters",
    trainable: true,
    decay: true,
    async initial(origin) {
      // Fetched by who draws: a model that is loaded does not.
      const { firstValues } = await import("../sparse/drawing.ts");
      return await firstValues(origin, init, length, Math.sqrt(2 / inputs));
    },
  });
  return { kind: "dense", rows, inputs, values };
}
