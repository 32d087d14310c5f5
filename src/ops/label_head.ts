/**
 * The head of many labels: a matrix with a row for each label and a bias, in pieces that fit into a buffer, of which an operation
 * takes some rows at a time. What exists of logits and gradients is that of a chunk of labels, whatever their number.
 *
 * @module
 */
import { LIST_TILE, roundUp } from "../device/kernel.ts";
import type { Parallel } from "../parallel/parallel.ts";
import { Resource } from "../program/resource.ts";
import { Tensor, type Trace } from "../program/trace.ts";
import { EPILOGUE } from "./kernels/constants.ts";
import { areaOf, type Matrix, type SparseMatrix } from "./matrix.ts";
import { type ListedFeatures, listedGradient, multiplyListed } from "./listed_features.ts";
import { multiply, weightGradient } from "./products.ts";

/** A piece of a head: labels that follow one another. */
export interface LabelShard {
  /** `[labels, features]`; a sparse one has as many units in every list, always. */
  readonly weight: Matrix;
  /** `f32[labels]`. */
  readonly bias: Resource;
  /** Number of its first label; that behind the piece before by default. */
  readonly first?: number;
}

/** What makes logits of features: `weight x + bias`, of all labels in their order. */
export interface LabelHead {
  /** Pieces; each but the last has a multiple of 64 labels. Of a head that is spread over ranks those of this rank. */
  readonly shards: readonly LabelShard[];
  /** Where it is spread over ranks. */
  readonly spread?: LabelSpread;
}

/** A head of which each rank has some pieces. */
export interface LabelSpread {
  /** The ranks. */
  readonly parallel: Parallel;
  /** Labels of all of them. */
  readonly labels: number;
}

/** Some labels of a head. */
export interface LabelChunk extends Omit<LabelShard, "first"> {
  /** Number of the first one. */
  readonly first: number;
  /** How many they are. */
  readonly count: number;
  /** The matrix of which theirs is some rows. */
  readonly whole: Matrix;
}

/** Labels of a chunk where nothing is said: logits of 128 examples stay in the second cache of a core. */
export const LABEL_CHUNK = 1024;

/** Chunks begin at multiples of this: then all of what they show can be bound everywhere. */
export const LABEL_TILE = 64;

/** Labels of a head, on all ranks. */
export function labelsOf({ shards, spread }: LabelHead): number {
  return spread?.labels ?? shards.reduce((sum, { weight }) => sum + weight.rows, 0);
}

/**
 * A head in chunks, in the order of its labels; of one that is spread over ranks those of this rank.
 *
 * @param size Most labels of a chunk.
 * @throws {RangeError} if that is not a multiple of 64.
 * @throws {TypeError} if rows of a matrix cannot be taken by themselves.
 */
export function labelChunks({ shards }: LabelHead, size: number): LabelChunk[] {
  if (!(Number.isInteger(size) && size >= LABEL_TILE && size % LABEL_TILE === 0)) {
    throw new RangeError(
      `Cannot take labels in chunks of ${size}: expected a multiple of ${LABEL_TILE}`,
    );
  }
  const all: LabelChunk[] = [];
  let next = 0;
  for (const { weight, bias, first = next } of shards) {
    for (let begin = 0; begin < weight.rows; begin += size) {
      const count = Math.min(size, weight.rows - begin);
      all.push({
        ...{ first: first + begin, count, whole: weight },
        ...{ weight: rowsOf(weight, begin, count, size), bias: bias.part(begin, count) },
      });
    }
    next = first + weight.rows;
  }
  return all;
}

/** What a head makes logits of: `[features, examples]`, or sparse features by their numbers, which are data. */
export type LabelFeatures = Tensor | ListedFeatures;

/** The trace and the examples of features. */
export function batchOf(x: LabelFeatures): {
  readonly trace: Trace;
  /** Examples and those that pad them. */
  readonly columns: number;
  /** The axes of examples. */
  readonly examples: readonly number[];
} {
  const { trace, columns, shape } = x instanceof Tensor ? x : x.tokens;
  return { trace, columns, examples: shape.slice(1) };
}

/** What features are, for an error. */
export function nameOf(x: LabelFeatures): string {
  return x instanceof Tensor ? `x [${x.shape}]` : `${x.features} listed features`;
}

/** Records the logits of a chunk and gives them: `[labels of the chunk, examples]`. */
export function chunkLogits({ weight, bias, count }: LabelChunk, x: LabelFeatures): Tensor {
  if (!(x instanceof Tensor)) return multiplyListed(weight, bias, x);
  const { trace } = x;
  const logits = trace.activation([count, ...x.shape.slice(1)]);
  multiply(weight, x, logits, { kind: EPILOGUE.bias, extra: trace.resource(bias) });
  return logits;
}

/** Records the gradient of the values of a chunk, and gives it. */
export function chunkGradient({ weight }: LabelChunk, dlogits: Tensor, x: LabelFeatures): Tensor {
  return x instanceof Tensor
    ? weightGradient(weight, dlogits, x)
    : listedGradient(weight, dlogits, x);
}

/**
 * Refuses features that a head cannot take.
 *
 * @param name Of the operation.
 * @throws {TypeError} if they are not `[features, examples]` with the features of the head, padded.
 */
export function requireFeatures(name: string, x: LabelFeatures, { shards }: LabelHead): void {
  const inputs = shards.map(({ weight }) => weight.inputs);
  const dense = x instanceof Tensor;
  const features = dense ? x.rows : x.features;
  const fits = shards.length > 0 && inputs.every((each) => each === features) &&
    (!dense || x.type === "f32" && x.shape.length === 2 && x.columns % 32 === 0);
  if (fits) return;
  const wanted = dense ? "x" : "as many, or x";
  throw new TypeError(
    `Cannot compute ${name} of ${nameOf(x)} with a head of ${inputs[0] ?? "no"} features: ` +
      `expected ${wanted} [${inputs[0] ?? "features"}, examples], in a program of several examples`,
  );
}

/** Rows of a matrix as one by itself, in the same memory. */
function rowsOf(weight: Matrix, begin: number, count: number, size: number): Matrix {
  const { inputs, values } = weight;
  if (weight.kind === "dense") {
    const part = values.part(begin * inputs, count * inputs);
    return { kind: "dense", rows: count, inputs, values: part };
  }
  const { unit, lists, each } = weight;
  if (each === undefined || weight.view !== undefined || weight.masked !== undefined) {
    throw new TypeError(
      `Cannot take rows of "${values.label}": its lists may change in length, or its values lie elsewhere; expected a dense ` +
        "weight, or a compressed one whose lists are full, such as fanIn(32, { full: true })",
    );
  }
  const stride = roundUp(each, LIST_TILE);
  const [from, some] = [begin / unit.height, Math.ceil(count / unit.height)];
  const area = areaOf(unit);
  const slots = some * stride;
  const perWord = lists.wide ? 1 : 2;
  return {
    ...{ kind: "sparse", rows: count, inputs, unit },
    values: values.part(from * stride * area, slots * area),
    lists: {
      span: spanOf(weight, each, Math.ceil(size / unit.height)),
      index: lists.index.part(from * stride / perWord, slots / perWord),
      capacity: slots,
      wide: lists.wide,
    },
  };
}

/** The spans of matrices that have been asked for. */
const SPANS = new WeakMap<SparseMatrix, Map<number, Resource>>();

/** Where the lists of a chunk begin and end, counted from its begin: the same for all chunks. */
function spanOf(weight: SparseMatrix, each: number, lists: number): Resource {
  const known = SPANS.get(weight) ?? new Map<number, Resource>();
  SPANS.set(weight, known);
  let span = known.get(lists);
  if (span === undefined) {
    const stride = roundUp(each, LIST_TILE);
    span = new Resource({
      label: `${weight.values.label}.chunk`,
      type: "u32",
      length: 2 * lists,
      category: "indices",
      owner: weight.values,
      initial: () =>
        Uint32Array.from({ length: 2 * lists }, (_, i) => (i >> 1) * stride + (i % 2) * each),
    });
    known.set(lists, span);
  }
  return span;
}
