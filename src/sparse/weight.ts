/**
 * A sparse weight: the one storage that forward, both gradients, optimizer, rewiring and checkpoint
 * share. On the host it knows its pattern; its values live on the device.
 *
 * @module
 */
import { Random } from "../device/random.ts";
import type { SparseMatrix, Unit, UnitLists } from "../ops/matrix.ts";
import type { Device } from "../program/device.ts";
import { Resource, type ResourceData } from "../program/resource.ts";
import { eachConnection } from "./convert.ts";
import { randomPattern } from "./draw.ts";
import { areaOf, type Geometry, geometryOf } from "./geometry.ts";
import { constraintOf } from "./lookup.ts";
import { indexWords, isWide, packIndex } from "./pack.ts";
import type { Pattern, TransposedView } from "./pattern.ts";
import type { SparseSpec } from "./spec.ts";
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
  readonly spec: SparseSpec;
}

/** A sparse matrix with its pattern. */
export class SparseWeight implements SparseMatrix {
  /** Discriminates the union of matrices. */
  readonly kind = "sparse";
  /** Name in plans, errors and checkpoints. */
  readonly label: string;
  /** Units, lists, and the room that they take. */
  readonly geometry: Geometry;
  /** `f32[capacity, width, height]`: the values of each slot's unit. */
  readonly values: Resource;
  /** The pattern by rows of units. */
  readonly lists: UnitLists;
  /** The pattern by columns of units; groups of rows do without. */
  readonly transposed?: UnitLists & { readonly slot: Resource };
  #pattern: Pattern | undefined;
  /** Where the connections have changed since they were drawn. */
  #rewiredOn: Device | undefined;

  /**
   * Describes a sparse matrix; takes no memory.
   *
   * @throws {RangeError} if the pattern cannot be had with this shape.
   */
  constructor(options: SparseWeightOptions) {
    const { label, rows, inputs, spec } = options;
    const geometry = geometryOf(spec, rows, inputs);
    const { lists, entries, capacity, viewCapacity } = geometry;
    const { turned, packing } = constraintOf(spec);
    this.label = label;
    this.geometry = geometry;
    this.values = new Resource({
      label,
      type: "f32",
      length: capacity * areaOf(geometry.unit),
      category: "parameters",
      trainable: true,
      decay: true,
      initial: ({ seed, stream }) => this.#start(seed, stream),
    });
    const packed = packing?.(geometry);
    this.lists = {
      capacity,
      wide: isWide(entries),
      span: this.#indices("span", 2 * lists, (p) => p.span),
      index: this.#indices("index", packed?.words ?? indexWords(capacity, entries), packedIndex),
      ...(packed === undefined ? {} : { unpack: packed.unpack }),
    };
    if (!turned) return;
    const viewOf = (get: (view: TransposedView) => Uint32Array) => (p: Pattern): Uint32Array =>
      get(transposedView(p));
    const viewWords = indexWords(viewCapacity, lists);
    this.transposed = {
      capacity: viewCapacity,
      wide: isWide(lists),
      span: this.#indices("columnSpan", 2 * entries, viewOf((v) => v.columnSpan)),
      index: this.#indices("rowOf", viewWords, viewOf((v) => packIndex(v.rowOf, lists))),
      slot: this.#indices("slotOf", viewCapacity, viewOf((v) => v.slotOf)),
    };
  }

  /** Outputs. */
  get rows(): number {
    return this.geometry.rows;
  }

  /** Inputs. */
  get inputs(): number {
    return this.geometry.inputs;
  }

  /** What a slot stands for. */
  get unit(): Unit {
    return this.geometry.unit;
  }

  /** Which connections may exist. */
  get spec(): SparseSpec {
    return this.geometry.spec;
  }

  /** Most active connections, those of units that reach over the edge included; rewiring never exceeds it. */
  get budget(): number {
    return this.geometry.budget * areaOf(this.geometry.unit);
  }

  /** Whether the connections have been drawn: the weight has been placed on a device. */
  get drawn(): boolean {
    return this.#pattern !== undefined;
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

  /**
   * Replaces the pattern and its transposed view, here and on the device. The values are written by the caller.
   *
   * @param view By default made here, where the device works with one.
   */
  rewire(device: Device, pattern: Pattern, view?: TransposedView): void {
    this.#pattern = pattern;
    this.#rewiredOn = device;
    const { lists, transposed, geometry } = this;
    const contents: [Resource, ResourceData][] = [
      [lists.span, pattern.span],
      [lists.index, packedIndex(pattern)],
    ];
    if (transposed !== undefined && this.hasView(device)) {
      const { columnSpan, rowOf, slotOf } = view ?? transposedView(pattern);
      contents.push(
        [transposed.span, columnSpan],
        [transposed.index, packIndex(rowOf, geometry.lists)],
        [transposed.slot, slotOf],
      );
    }
    for (const [resource, data] of contents) {
      if (device.has(resource)) device.write(resource, data);
    }
  }

  /** Whether a device works with the transposed view; of a layer whose input needs no gradient it does not. */
  hasView(device: Device): boolean {
    return this.transposed !== undefined && device.has(this.transposed.span);
  }

  /** Normal numbers of variance 2 / fan-in, with the fan-in of each row (He et al. 2015, equation 10). */
  #start(seed: number, stream: number): Float32Array {
    const { rows, inputs } = this;
    // The host knows one pattern: another one would be taken for that of the values there.
    if (this.#rewiredOn?.has(this.values) === true) {
      throw new ReferenceError(
        `Cannot place "${this.label}" on another device: it was rewired or restored on one that still has it; ` +
          "expected a model for each device: save the one and load it into the other",
      );
    }
    const pattern = randomPattern(this.spec, rows, inputs, seed, stream);
    this.#pattern = pattern;
    const random = new Random({ seed, use: "values", stream });
    const fanIn = new Uint32Array(rows);
    eachConnection(pattern, (_, row) => fanIn[row]++);
    const values = new Float32Array(this.values.length);
    eachConnection(pattern, (at, row) => values[at] = Math.sqrt(2 / fanIn[row]) * random.normal());
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

/** The device's form of a pattern's index. */
function packedIndex(pattern: Pattern): Uint32Array {
  const { spec, index, entries } = pattern;
  return constraintOf(spec).packing?.(pattern).pack(pattern) ?? packIndex(index, entries);
}
