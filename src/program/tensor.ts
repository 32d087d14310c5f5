/**
 * Tensors: the values inside a trace, by shape and by where their memory is.
 *
 * @module
 */
import { COLUMN_TILE, roundUp } from "../device/kernel.ts";
import type { Category, Resource } from "./resource.ts";
import type { Trace } from "./trace.ts";

/**
 * Shape of a tensor: `[]` a scalar, `[n]` a vector, `[features, examples]` a matrix of columns,
 * `[channels, height, width, examples]` images.
 */
export type Shape = readonly number[];

/** Where a tensor's memory comes from. */
export type Storage =
  | { readonly kind: "resource"; readonly resource: Resource }
  | { readonly kind: "input"; readonly index: number }
  | { readonly kind: "transient"; readonly category: Category };

/** A value inside a trace. */
export class Tensor {
  /** The trace that it belongs to. */
  readonly trace: Trace;
  /** The tensor whose memory it shows, in another shape or a part of it; itself where it has its own. */
  readonly root: Tensor;
  /** Its shape; the last dimension of a matrix counts examples, without padding. */
  readonly shape: Shape;
  /** Type of an element. */
  readonly type: "f32" | "u32";
  /** Elements in memory, padding of the columns included. */
  readonly elements: number;
  /** Where its memory comes from. */
  readonly storage: Storage;
  /** Elements of its root before its own first one. */
  readonly offset: number;

  /** Used by {@linkcode Trace} only. */
  constructor(
    trace: Trace,
    shape: Shape,
    type: "f32" | "u32",
    elements: number,
    storage: Storage,
    root?: Tensor,
    offset = 0,
  ) {
    this.trace = trace;
    this.root = root ?? this;
    this.offset = offset;
    this.shape = shape;
    this.type = type;
    this.elements = elements;
    this.storage = storage;
  }

  /** Whether it shows all of its root. */
  get isWhole(): boolean {
    return this.elements === this.root.elements;
  }

  /** Features of a `[features, examples]` tensor, channels of images. */
  get rows(): number {
    return this.shape[0] ?? 1;
  }

  /**
   * Elements of a row in memory. Of a `[features, examples]` tensor these are its columns: a multiple of 32, or 1 in a
   * program of a single example.
   */
  get columns(): number {
    return this.elements / this.rows;
  }

  /** Examples in memory, padding included. */
  get paddedExamples(): number {
    return this.elements / this.shape.slice(0, -1).reduce((product, n) => product * n, 1);
  }
}

/**
 * Refuses what is no scalar of a trace.
 *
 * @param what What it is and whose, for errors: "the loss".
 * @throws {TypeError} if it is another tensor, or none.
 */
export function requireScalar(value: unknown, what: string): asserts value is Tensor {
  if (value instanceof Tensor && value.shape.length === 0) return;
  const found = value instanceof Tensor ? `a tensor of shape [${value.shape}]` : kindOf(value);
  throw new TypeError(
    `Cannot use ${what}: it is ${found}; expected a scalar, such as a mean over the examples`,
  );
}

/** What a value is, for errors: "a Promise", "undefined", "a number". */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  const name = typeof value === "object" ? value.constructor?.name ?? "Object" : typeof value;
  return `${/^[AEIOaeio]/.test(name) ? "an" : "a"} ${name}`;
}

/** Elements of a shape in memory: the columns of a matrix are padded to a multiple of `tile`. */
export function paddedElements(shape: Shape, tile: number = COLUMN_TILE): number {
  if (shape.length < 2) return shape[0] ?? 1;
  const columns = shape[shape.length - 1];
  const rows = shape.slice(0, -1).reduce((product, n) => product * n, 1);
  return rows * roundUp(columns, tile);
}
