/**
 * A sparse weight: the one storage that forward, both gradients, optimizer, rewiring and checkpoint
 * share. On the host it knows its pattern; its values live on the device.
 *
 * @module
 */
import { Random } from "../device/random.ts";
import type { ConnectionLists, SparseMatrix } from "../ops/matrix.ts";
import type { Device } from "../program/device.ts";
import { Resource, type ResourceData } from "../program/resource.ts";
import {
  fanInBudget,
  fanInCapacity,
  type FanInSpec,
  isWide,
  packIndex,
  type Pattern,
  randomPattern,
  transposedCapacity,
  type TransposedView,
} from "./pattern.ts";
import { transposedView } from "./transposed.ts";

/** What a {@linkcode SparseWeight} is made of. */
export interface SparseWeightOptions {
  /** Name in plans, errors and checkpoints. */
  readonly label: string;
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly inputs: number;
  /** Which connections may exist. */
  readonly spec: FanInSpec;
}

/** A sparse matrix with its pattern. */
export class SparseWeight implements SparseMatrix {
  /** Discriminates the union of matrices. */
  readonly kind = "sparse";
  /** Name in plans, errors and checkpoints. */
  readonly label: string;
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly inputs: number;
  /** Which connections may exist. */
  readonly spec: FanInSpec;
  /** Most active connections; rewiring never exceeds it. */
  readonly budget: number;
  /** `f32[capacity]`: one value per slot. */
  readonly values: Resource;
  /** The pattern by rows. */
  readonly lists: ConnectionLists;
  /** The pattern by columns. */
  readonly transposed: ConnectionLists & { readonly slot: Resource };
  #pattern: Pattern | undefined;

  /**
   * Describes a sparse matrix; takes no memory.
   *
   * @throws {RangeError} if the pattern cannot be had with this shape.
   */
  constructor(options: SparseWeightOptions) {
    const { label, rows, inputs, spec } = options;
    this.label = label;
    this.rows = rows;
    this.inputs = inputs;
    this.spec = spec;
    this.budget = fanInBudget(spec, rows, inputs);
    const capacity = fanInCapacity(rows, inputs, this.budget);
    const view = transposedCapacity(rows, inputs, this.budget);
    this.values = new Resource({
      label,
      type: "f32",
      length: capacity,
      category: "parameters",
      trainable: true,
      decay: true,
      initial: ({ seed, stream }) => this.#start(seed, stream),
    });
    this.lists = {
      capacity,
      wide: isWide(inputs),
      span: this.#indices("span", 2 * rows, (p) => p.span),
      index: this.#indices("index", words(capacity, inputs), (p) => packIndex(p.index, inputs)),
    };
    const viewOf = (get: (view: TransposedView) => Uint32Array) => (p: Pattern): Uint32Array =>
      get(transposedView(p));
    this.transposed = {
      capacity: view,
      wide: isWide(rows),
      span: this.#indices("columnSpan", 2 * inputs, viewOf((v) => v.columnSpan)),
      index: this.#indices("rowOf", words(view, rows), viewOf((v) => packIndex(v.rowOf, rows))),
      slot: this.#indices("slotOf", view, viewOf((v) => v.slotOf)),
    };
  }

  /**
   * The connections that exist now.
   *
   * @throws {ReferenceError} before the weight has been placed on a device.
   */
  get pattern(): Pattern {
    if (this.#pattern === undefined) {
      throw new ReferenceError(
        `Cannot read the pattern of "${this.label}": it is drawn when the weight is placed on a device; ` +
          "compile a program that uses it first",
      );
    }
    return this.#pattern;
  }

  /** Replaces the pattern and its transposed view, here and on the device. The values are written by the caller. */
  rewire(device: Device, pattern: Pattern, view: TransposedView): void {
    this.#pattern = pattern;
    const { lists, transposed } = this;
    const contents: [Resource, ResourceData][] = [
      [lists.span, pattern.span],
      [lists.index, packIndex(pattern.index, this.inputs)],
      [transposed.span, view.columnSpan],
      [transposed.index, packIndex(view.rowOf, this.rows)],
      [transposed.slot, view.slotOf],
    ];
    for (const [resource, data] of contents) {
      // A first layer needs no gradient of its input, and so no transposed view.
      if (device.has(resource)) device.write(resource, data);
    }
  }

  #start(seed: number, stream: number): Float32Array {
    const pattern = randomPattern(this.spec, this.rows, this.inputs, seed, stream);
    this.#pattern = pattern;
    const random = new Random({ seed, use: "values", stream });
    const values = new Float32Array(pattern.index.length);
    for (let row = 0; row < this.rows; row++) {
      const [begin, end] = [pattern.span[2 * row], pattern.span[2 * row + 1]];
      const deviation = Math.sqrt(2 / (end - begin));
      for (let slot = begin; slot < end; slot++) values[slot] = deviation * random.normal();
    }
    return values;
  }

  #indices(name: string, length: number, content: (pattern: Pattern) => Uint32Array): Resource {
    return new Resource({
      label: `${this.label}.${name}`,
      type: "u32",
      length,
      category: "indices",
      owner: this.values,
      initial: () => content(this.pattern),
    });
  }
}

/** Words of a packed index of `capacity` slots over `range` inputs. */
function words(capacity: number, range: number): number {
  return isWide(range) ? capacity : capacity / 2;
}
