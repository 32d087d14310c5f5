/**
 * Rewiring on the host: a layer's arrays in the memory of a WASM module, and the steps that methods
 * compose there: what to keep, what to draw, and the new pattern with everything moved to it.
 * Growth by gradient chooses from a {@linkcode GrowthPool}.
 *
 * @module
 */
import type { WasmModule } from "../device/wasm/module.ts";
import { NONE } from "../ops/kernels/constants.ts";
import { Arena, type BitSet, type Words } from "./arena.ts";
import { type Candidates, GrowthPool } from "./growth_pool.ts";
import { type Pattern, transposedCapacity, type TransposedView } from "./pattern.ts";

export type { Candidates } from "./growth_pool.ts";

/** What of a layer takes part in a rewiring. Nothing in it is changed. */
export interface RewiredLayer {
  /** Name of the layer; appears in errors. */
  readonly name: string;
  /** Its connections. */
  readonly pattern: Pattern;
  /** `[capacity]`: their weights. */
  readonly values: Float32Array;
  /** Optimizer state that travels with a connection: any number of arrays `[capacity]`. */
  readonly moments: readonly Float32Array[];
}

/** A layer after a rewiring. */
export interface RewireResult {
  /** The new connections; same budget and capacity. */
  readonly pattern: Pattern;
  /** Hash of the new connections, as `patternHash` gives it. */
  readonly hash: string;
  /** The new connections by columns. */
  readonly view: TransposedView;
  /** Weights: survivors bit for bit, grown connections 0. */
  readonly values: Float32Array;
  /** Optimizer state: survivors bit for bit, grown connections 0. */
  readonly moments: Float32Array[];
  /** Connections that did not survive. One that is grown again at once counts here and in `grown`. */
  readonly dropped: number;
  /** Connections added. */
  readonly grown: number;
  /** Rows that were live and are now empty. */
  readonly ablated: number;
  /** Rows that were empty and are now live. */
  readonly revived: number;
}

/** What random growth depends on. */
export interface DrawKey {
  /** Seed of the run. */
  readonly seed: number;
  /** Step of the training. */
  readonly step: number;
  /** Number of the layer. */
  readonly stream: number;
}

/** Connections that grow, in the memory of a {@linkcode LayerRewiring}. */
export interface Growth {
  /** Begin and end of each row's list. */
  readonly span: Words;
  /** Input of each entry, ascending in a row. */
  readonly input: Words;
  /** Old slot whose value and moments each entry takes up again; all start at 0 if absent. */
  readonly source?: Words;
  /** The entries that grow; all if absent. */
  readonly chosen?: BitSet;
}

/** One layer being rewired. Its sets and pools end with it. */
export class LayerRewiring implements Disposable {
  /** Active connections. */
  readonly connections: number;
  /** For each row, 1 if it has connections, else 0. */
  readonly live: Uint32Array;
  readonly #layer: RewiredLayer;
  readonly #arena: Arena;
  readonly #span: Words;
  readonly #index: Words;
  readonly #values: Words;

  /** Copies the layer in. */
  constructor(module: WasmModule, layer: RewiredLayer) {
    const { rows, span, index } = layer.pattern;
    requireCapacity(layer, "values", layer.values);
    layer.moments.forEach((moment, i) => requireCapacity(layer, `moments[${i}]`, moment));
    refuseNan(module, layer, "weight", layer.values);
    this.#layer = layer;
    this.live = Uint32Array.from({ length: rows }, (_, r) => Number(span[2 * r + 1] > span[2 * r]));
    this.connections = countConnections(span);
    this.#arena = new Arena(module);
    this.#span = this.#arena.copy(span);
    this.#index = this.#arena.copy(index);
    this.#values = this.#arena.copy(layer.values);
  }

  /** Gives the memory back. */
  [Symbol.dispose](): void {
    this.#arena[Symbol.dispose]();
  }

  /** The slots of the rows where `wanted[row]` is not 0; of all if absent. */
  slots(wanted: Uint32Array = this.live): BitSet {
    const { capacity } = this.#layer.pattern;
    const set = this.#arena.set(capacity);
    const flags = this.#arena.copy(wanted);
    this.#exports.rewire_rows(
      this.#span.pointer,
      wanted.length,
      flags.pointer,
      set.pointer,
      capacity,
    );
    return set;
  }

  /** The `count` slots of `from` with the largest weights, ties to the lower slot. */
  largest(from: BitSet, count: number): BitSet {
    const set = this.#arena.set(from.size);
    const { pointer } = this.#values;
    this.#exports.rewire_select_top(pointer, from.size, from.pointer, count, set.pointer);
    return set;
  }

  /**
   * What survives where row `r` shall have `target[r]` connections: of the rows with a target, the
   * slots of the `count` largest weights (all if there are fewer), cut to the largest of each row.
   */
  keep(count: number, target: Uint32Array): BitSet {
    const largest = this.largest(this.slots(target), count);
    const set = this.#arena.set(largest.size);
    const targets = this.#arena.copy(target);
    this.#exports.rewire_select_rows(
      this.#values.pointer,
      largest.size,
      this.#span.pointer,
      target.length,
      largest.pointer,
      targets.pointer,
      set.pointer,
    );
    return set;
  }

  /** The slots that are not in `kept`. */
  dropped(kept: BitSet): BitSet {
    const set = this.#arena.copy(this.#arena.readWords(kept));
    this.#exports.rewire_without(this.slots().pointer, set.pointer, set.length);
    return { ...set, size: kept.size };
  }

  /** Slots of each row that are in a set. */
  countRows(set: BitSet): Uint32Array {
    const { rows } = this.#layer.pattern;
    const counts = this.#arena.zeros(rows);
    this.#exports.rewire_row_counts(
      this.#span.pointer,
      rows,
      set.pointer,
      set.size,
      counts.pointer,
    );
    return this.#arena.readWords(counts);
  }

  /** Connections that each row lacks to its target. */
  missing(kept: BitSet, target: Uint32Array): Uint32Array {
    const present = this.countRows(kept);
    return target.map((wanted, row) => wanted - present[row]);
  }

  /** No growth. */
  nothing(): Growth {
    return { span: this.#arena.zeros(this.#span.length), input: this.#arena.zeros(0) };
  }

  /**
   * Draws `counts[row]` inputs for each row among those that it does not keep, just dropped ones
   * included; every such set is equally likely.
   *
   * @throws {RangeError} if a row does not have that many.
   */
  draw(kept: BitSet, counts: Uint32Array, key: DrawKey): Growth {
    const { rows, inputs, capacity } = this.#layer.pattern;
    const total = counts.reduce((sum, count) => sum + count, 0);
    const [span, input] = [this.#arena.zeros(2 * rows), this.#arena.zeros(total)];
    const row = this.#exports.rewire_draw(
      this.#span.pointer,
      rows,
      this.#index.pointer,
      capacity,
      kept.pointer,
      inputs,
      this.#arena.copy(counts).pointer,
      total,
      key.seed >>> 0,
      Math.floor(key.seed / 2 ** 32),
      key.stream,
      key.step,
      span.pointer,
      input.pointer,
    ) >>> 0;
    if (row !== NONE) {
      throw new RangeError(
        `Cannot rewire "${this.#layer.name}": row ${row} should grow ${counts[row]} connections; ` +
          `expected no more than its inactive inputs`,
      );
    }
    return { span, input };
  }

  /**
   * Growth scores: the gradients of the slots of `from` and of the candidates.
   *
   * @param gradient `[capacity]`: gradient of each slot.
   * @throws {RangeError} if a gradient is NaN or a candidate is not an inactive input in order.
   */
  pool(from: BitSet, gradient: Float32Array, candidates: Candidates): GrowthPool {
    requireCapacity(this.#layer, "gradient", gradient);
    refuseNan(this.#arena.module, this.#layer, "gradient", gradient);
    const { name, pattern } = this.#layer;
    const lists = { name, pattern, arena: this.#arena, span: this.#span, index: this.#index };
    return new GrowthPool(lists, from, gradient, candidates);
  }

  /** The new pattern of what is kept and what grows, with everything moved to it. */
  finish(kept: BitSet, growth: Growth): RewireResult {
    const { name, pattern: old, values, moments } = this.#layer;
    const { rows, capacity } = old;
    const arena = this.#arena;
    const span = arena.zeros(2 * rows);
    const [index, source] = [arena.zeros(capacity), arena.zeros(capacity)];
    const row = this.#exports.rewire_merge(
      this.#span.pointer,
      rows,
      this.#index.pointer,
      capacity,
      kept.pointer,
      growth.span.pointer,
      growth.input.pointer,
      growth.source?.pointer ?? 0,
      growth.chosen?.pointer ?? 0,
      growth.input.length,
      span.pointer,
      index.pointer,
      source.pointer,
    ) >>> 0;
    if (row !== NONE) {
      throw new RangeError(
        `Cannot rewire "${name}": the new list of row ${row} repeats an input or does not fit; ` +
          `expected distinct inputs and ${capacity} slots in all`,
      );
    }
    const pattern = { ...old, span: arena.readWords(span), index: arena.readWords(index) };
    const hash = arena.zeros(2);
    this.#exports.rewire_hash(
      span.pointer,
      rows,
      index.pointer,
      capacity,
      old.inputs,
      hash.pointer,
    );
    const survivors = this.#exports.rewire_count(kept.pointer, kept.length);
    return {
      pattern,
      hash: [...arena.readWords(hash)].map((word) => word.toString(16).padStart(8, "0")).join(""),
      view: this.#transpose(pattern, span, index),
      values: this.#carry(source, values),
      moments: moments.map((moment) => this.#carry(source, moment)),
      dropped: this.connections - survivors,
      grown: countConnections(pattern.span) - survivors,
      ablated: countEmptied(old.span, pattern.span),
      revived: countEmptied(pattern.span, old.span),
    };
  }

  #transpose(pattern: Pattern, span: Words, index: Words): TransposedView {
    const { rows, inputs, budget } = pattern;
    const capacity = transposedCapacity(rows, inputs, budget);
    const arena = this.#arena;
    const columnSpan = arena.zeros(2 * inputs);
    const [rowOf, slotOf] = [arena.zeros(capacity), arena.zeros(capacity)];
    const column = this.#exports.rewire_transpose(
      span.pointer,
      rows,
      index.pointer,
      index.length,
      inputs,
      capacity,
      columnSpan.pointer,
      rowOf.pointer,
      slotOf.pointer,
    ) >>> 0;
    if (column !== NONE) {
      throw new RangeError(
        `Cannot rewire "${this.#layer.name}": the transposed list of input ${column} does not fit; ` +
          `expected at most ${capacity} slots in all`,
      );
    }
    return {
      capacity,
      columnSpan: arena.readWords(columnSpan),
      rowOf: arena.readWords(rowOf),
      slotOf: arena.readWords(slotOf),
    };
  }

  #carry(source: Words, array: Float32Array): Float32Array {
    using arena = new Arena(this.#arena.module);
    const [from, to] = [arena.copy(array), arena.zeros(array.length)];
    this.#exports.rewire_carry(source.pointer, from.pointer, array.length, to.pointer);
    return arena.readFloats(to);
  }

  get #exports(): WasmModule["exports"] {
    return this.#arena.module.exports;
  }
}

function requireCapacity({ name, pattern }: RewiredLayer, what: string, array: Float32Array): void {
  if (array.length !== pattern.capacity) {
    throw new TypeError(
      `Cannot rewire "${name}": ${what} has ${array.length} elements; ` +
        `expected ${pattern.capacity}, one per slot`,
    );
  }
}

function refuseNan(
  module: WasmModule,
  { name, pattern: { span, index } }: RewiredLayer,
  what: string,
  array: Float32Array,
): void {
  using arena = new Arena(module);
  const slot = module.exports.rewire_find_nan(arena.copy(array).pointer, array.length) >>> 0;
  if (slot === NONE) return;
  const row = Math.max(0, span.findIndex((end, i) => i % 2 === 1 && slot < end)) >>> 1;
  throw new RangeError(
    `Cannot rewire "${name}": the ${what} of row ${row}, input ${
      index[slot]
    } is NaN; expected numbers`,
  );
}

function countConnections(span: Uint32Array): number {
  let count = 0;
  for (let i = 0; i < span.length; i += 2) count += span[i + 1] - span[i];
  return count;
}

/** Rows with connections before and none after. */
function countEmptied(before: Uint32Array, after: Uint32Array): number {
  let count = 0;
  for (let i = 0; i < before.length; i += 2) {
    if (before[i + 1] > before[i] && after[i + 1] === after[i]) count++;
  }
  return count;
}
