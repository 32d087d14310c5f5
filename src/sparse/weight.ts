/**
 * A sparse weight: a pattern, and values in a storage that forward, both gradients, optimizer, rewiring and checkpoint
 * share. On the host it knows its pattern; its values live on the device.
 *
 * @module
 */
import type { SparseMatrix, Unit, UnitLists } from "../ops/matrix.ts";
import type { Device } from "../program/device.ts";
import { type Origin, Resource, type ResourceData } from "../program/resource.ts";
import { written } from "../program/effects.ts";
import type { Tensor, Trace } from "../program/trace.ts";
import type { PreferredInputs } from "./draw.ts";
import { areaOf, type Geometry, geometryOf } from "./geometry.ts";
import { he, type Init } from "./init.ts";
import { constraintOf, isOfColumns, mayRepeat, patternName } from "./lookup.ts";
import { largestUnits } from "./magnitude.ts";
import { isAlongOutputs, ratioOf, WeightMask } from "./mask.ts";
import { indexWords, isWide, packIndex } from "./pack.ts";
import type { Pattern, TransposedView } from "./pattern.ts";
import type { SparseSpec } from "./spec.ts";
import { type StorageName, storageOf } from "./storage/mod.ts";
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
  /** Where the values live. Default "compressed". */
  readonly storage?: StorageName;
  /** What the values begin with. Default `he()`. */
  readonly init?: Init;
  /** The inputs that rows begin with; random ones by default. */
  readonly preferred?: PreferredInputs;
}

const WEIGHTS = new WeakMap<Resource, SparseWeight>();

/** The sparse weight whose values a resource holds, if it does. */
export function sparseWeightOf(values: Resource): SparseWeight | undefined {
  return WEIGHTS.get(values);
}

/** A sparse matrix with its pattern. */
export class SparseWeight implements SparseMatrix {
  /** Discriminates the union of matrices. */
  readonly kind = "sparse";
  /** Name in plans, errors and checkpoints. */
  readonly label: string;
  /** Units, lists, and the room that they take. */
  readonly geometry: Geometry;
  /** Where the values live. */
  readonly storage: StorageName;
  /** What training changes: `f32[capacity, width, height]`, the values of each slot's unit, or what its storage has instead. */
  readonly values: Resource;
  /** Whether the gradient of the values is that of the whole matrix. */
  readonly dense: boolean;
  /** Records the values of each slot's unit and gives them, where they are not what is stored. */
  readonly view?: (trace: Trace) => Tensor;
  /** The mask that the forward reads it under, of a storage that masks. */
  readonly mask?: WeightMask;
  /** Records the matrix under its mask and gives it. */
  readonly masked?: (trace: Trace) => Tensor;
  /** The pattern by rows of units. */
  readonly lists: UnitLists;
  /** Units of every list, where all have as many, always. */
  readonly each?: number;
  /** The pattern by columns of units. A device has it where a product reads it; those of linear layers do without it for groups of rows. */
  readonly transposed: UnitLists & { readonly slot: Resource };
  readonly #init: Init;
  readonly #preferred: PreferredInputs | undefined;
  #pattern: Pattern | undefined;
  /** Where the values of the slots lie in what is stored; of a storage with a view. */
  readonly #places: Resource | undefined;
  /** A bit for each slot that the forward reads, of a storage that chooses; all if absent. */
  #chosen: Uint32Array | undefined;
  /** Where the connections have changed since they were drawn. */
  #rewiredOn: Device | undefined;

  /**
   * Describes a sparse matrix; takes no memory.
   *
   * @throws {RangeError} if the pattern cannot be had with this shape.
   */
  constructor(options: SparseWeightOptions) {
    const { label, rows, inputs, spec } = options;
    const { storage: name = "compressed" } = options;
    const storage = storageOf(name);
    if (isOfColumns(spec) && storage.masks !== true) {
      throw new RangeError(
        `Cannot make "${label}" with the storage "${name}": its pattern is ${
          patternName(spec)
        }, which masks alone keep; expected the storage "masked"`,
      );
    }
    if (mayRepeat(spec) && !storage.moves) {
      throw new RangeError(
        `Cannot make "${label}" with the storage "${name}": its pattern is ${
          patternName(spec)
        }, whose rows may have an input twice, each time with a weight of its own; expected the storage "compressed"`,
      );
    }
    const geometry = geometryOf(spec, rows, inputs);
    const { lists, entries, capacity, viewCapacity } = geometry;
    const { packing, refill, mayEmpty } = constraintOf(spec);
    if (refill === "part" && !mayEmpty && packing === undefined) {
      this.each = Math.floor(geometry.budget / lists);
    }
    this.#init = options.init ?? he();
    this.#preferred = options.preferred;
    this.label = label;
    this.geometry = geometry;
    this.storage = name;
    this.dense = storage.gradient === "dense";
    this.values = new Resource({
      label,
      type: "f32",
      length: storage.shape(geometry).reduce((product, size) => product * size, 1),
      category: "parameters",
      trainable: true,
      decay: true,
      initial: (origin) => this.#start(origin),
    });
    WEIGHTS.set(this.values, this);
    const packed = packing?.(geometry);
    if (storage.masks === true) {
      const mask = this.mask = maskFor(options, this.values);
      this.masked = readOnce((trace) => mask.read(trace), this.values);
    }
    const { view } = storage;
    if (view !== undefined) {
      const places = this.#indices(
        "places",
        capacity * areaOf(geometry.unit),
        (p) => view.places(p, this.#chosen),
      );
      this.#places = places;
      this.view = readOnce(
        (trace) => view.read(trace, trace.resource(this.values), trace.resource(places)),
        this.values,
      );
    }
    this.lists = {
      capacity,
      wide: isWide(entries),
      span: this.#indices("span", 2 * lists, (p) => p.span),
      index: this.#indices("index", packed?.words ?? indexWords(capacity, entries), packedIndex),
      ...(packed === undefined ? {} : { unpack: packed.unpack }),
    };
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

  /** What a checkpoint says of it beside its arrays, as JSON. */
  get record(): string {
    const { spec, rows, inputs, budget } = this.geometry;
    const { storage } = this;
    const other = storage === "compressed" ? {} : { storage };
    return JSON.stringify({ spec, rows, inputs, budget, ...other });
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

  /** A bit for each slot that the forward reads, of a storage that chooses; `undefined` where it reads all. */
  get chosen(): Uint32Array | undefined {
    return this.#chosen;
  }

  /** Where each value lies that the forward reads, on the device; of a storage with a view. */
  get places(): Resource | undefined {
    return this.#places;
  }

  /** Says which slots the forward reads, of a storage that chooses: a bit for each. */
  choose(device: Device, chosen: Uint32Array): void {
    this.#chosen = chosen;
    const places = storageOf(this.storage).view?.places(this.pattern, chosen);
    if (this.#places === undefined || places === undefined) return;
    if (device.has(this.#places)) device.write(this.#places, places);
  }

  /**
   * Replaces the pattern and its transposed view, here and on the device. The values are written by the caller.
   *
   * @param view By default made here, where the device works with one.
   * @param chosen The slots that the forward reads, of a storage that chooses; all by default.
   */
  rewire(device: Device, pattern: Pattern, view?: TransposedView, chosen?: Uint32Array): void {
    this.#chosen = chosen;
    this.#pattern = pattern;
    this.#rewiredOn = device;
    const { lists, transposed, geometry } = this;
    const contents: [Resource, ResourceData][] = [
      [lists.span, pattern.span],
      [lists.index, packedIndex(pattern)],
    ];
    const places = storageOf(this.storage).view?.places(pattern, chosen);
    if (this.#places !== undefined && places !== undefined) contents.push([this.#places, places]);
    if (this.hasView(device)) {
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

  /**
   * Takes a pattern in the place of one that is drawn, before a device is given the values.
   *
   * @returns What takes it back, if the device cannot be given them.
   * @throws {ReferenceError} if it was rewired on another device that still has the values.
   */
  begin(device: Device, pattern: Pattern, chosen?: Uint32Array): () => void {
    this.#requireOneDevice();
    const [was, chose, on] = [this.#pattern, this.#chosen, this.#rewiredOn];
    this.#pattern = pattern;
    this.#chosen = chosen;
    this.#rewiredOn = device;
    return () => {
      this.#pattern = was;
      this.#chosen = chose;
      this.#rewiredOn = on;
    };
  }

  /** Whether a device works with the transposed view; of a layer whose input needs no gradient it does not, nor of groups of rows in a linear layer. */
  hasView(device: Device): boolean {
    return device.has(this.transposed.span);
  }

  /**
   * Says what the values are, of a storage that masks: the pattern becomes the largest of each segment.
   *
   * @throws {RangeError} if one is not finite.
   */
  follow(values: Float32Array): void {
    if (this.mask === undefined) return;
    const { spec, rows, inputs } = this;
    this.#pattern = largestUnits(values, { spec, rows, inputs });
  }

  /** Draws the pattern and what its values begin with. */
  async #start(origin: Origin): Promise<Float32Array> {
    const { rows, inputs } = this;
    this.#requireOneDevice();
    // Fetched by who draws: a model that is loaded does not.
    const { openDrawing } = await import("./drawing.ts");
    const { preferredPattern, randomPattern } = await import("./draw.ts");
    const { seed, stream } = origin;
    const preferred = this.#preferred;
    const drawing = await openDrawing();
    const pattern = preferred === undefined
      ? await randomPattern(this.spec, rows, inputs, seed, stream)
      : await preferredPattern(this.spec, { rows, inputs, ...preferred }, seed, stream);
    this.#pattern = pattern;
    this.#chosen = undefined;
    const values = storageOf(this.storage).first(
      pattern,
      (length, runs) => drawing.values(origin, this.#init, length, runs),
    );
    this.follow(values);
    return values;
  }

  /** The host knows one pattern: another one would be taken for that of the values there. */
  #requireOneDevice(): void {
    if (this.#rewiredOn?.has(this.values) !== true) return;
    throw new ReferenceError(
      `Cannot place "${this.label}" on another device: it was rewired or restored on one that still has it; ` +
        "expected a model for each device: save the one and load it into the other",
    );
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

/** The mask of a weight. */
function maskFor({ label, rows, inputs, spec }: SparseWeightOptions, values: Resource): WeightMask {
  const state = ratioOf(spec);
  if (state !== undefined) {
    return new WeightMask({ values, rows, inputs, state, outputs: isAlongOutputs(spec) });
  }
  throw new RangeError(
    `Cannot make "${label}" with the storage "masked": its pattern is ${
      patternName(spec)
    }; expected N:M, such as 2:4`,
  );
}

/** The device's form of a pattern's index. */
function packedIndex(pattern: Pattern): Uint32Array {
  const { spec, index, entries } = pattern;
  return constraintOf(spec).packing?.(pattern).pack(pattern) ?? packIndex(index, entries);
}

/** What `read` records, once for all readers of a trace until something writes what is stored. */
function readOnce(read: (trace: Trace) => Tensor, values: Resource): (trace: Trace) => Tensor {
  const known = new WeakMap<Trace, { tensor: Tensor; calls: number }>();
  return (trace) => {
    const stored = trace.resource(values);
    const before = known.get(trace);
    if (before !== undefined) {
      const since = trace.calls.slice(before.calls);
      if (!since.some((call) => written(call).includes(stored))) return before.tensor;
    }
    const tensor = read(trace);
    known.set(trace, { tensor, calls: trace.calls.length });
    return tensor;
  };
}
