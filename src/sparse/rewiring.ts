/**
 * Rewiring on the host: a layer's arrays in the memory of a WASM module, and the steps that methods
 * compose there: what to keep, what to draw, and the new pattern with everything moved to it.
 * Growth by gradient chooses from a {@linkcode GrowthPool}.
 *
 * Everything is chosen by units: connections, group slots or blocks. A unit's score is the norm of its weights that the
 * pattern's specification names; of a single connection that is the magnitude.
 *
 * @module
 */
import type { WasmModule } from "../device/wasm/module.ts";
import { NONE } from "../ops/kernels/constants.ts";
import { Arena, type BitSet, type Words } from "./arena.ts";
import {
  mayEmpty,
  partName,
  type Parts,
  partsOf,
  partSpan,
  quotaOf,
  refillsAnywhere,
} from "./cells.ts";
import { areaOf, normOf } from "./geometry.ts";
import { type Candidates, GrowthPool } from "./growth_pool.ts";
import { type Growth, merge, Moving } from "./merge.ts";
import { seedWords } from "../device/random.ts";
import {
  type DrawKey,
  type Grown,
  requireLength,
  type RewiredLayer,
  type RewireResult,
} from "./rewired_layer.ts";
import { type ChosenUnits, topologyOf, type UnitTopology } from "./topology.ts";
import { mayRepeat } from "./lookup.ts";
import { countLive, countUnits } from "./pattern.ts";

export type { Candidates } from "./growth_pool.ts";
export type { DrawKey, Grown, RewiredLayer, RewireResult } from "./rewired_layer.ts";
export type { Growth } from "./merge.ts";

/** One layer being rewired. Its sets and pools end with it. */
export class LayerRewiring implements Disposable {
  /** Active units. */
  readonly units: number;
  readonly #layer: RewiredLayer;
  readonly #arena: Arena;
  readonly #parts: Parts;
  readonly #anywhere: boolean;
  readonly #span: Words;
  readonly #partSpan: Words;
  readonly #index: Words;
  readonly #values: Words;
  readonly #scores: Words;

  /**
   * Copies the layer in.
   *
   * @param norm What scores weights, one of `NORM`; gradients are scored by the norm of the pattern.
   */
  constructor(module: WasmModule, layer: RewiredLayer, norm: number = normOf(layer.pattern.spec)) {
    const { pattern, values, moments } = layer;
    requireLength(layer, "values", values);
    moments.forEach((moment, i) => requireLength(layer, `moments[${i}]`, moment));
    this.#layer = layer;
    this.units = countUnits(pattern);
    this.#parts = partsOf(pattern);
    this.#anywhere = refillsAnywhere(pattern);
    this.#arena = new Arena(module);
    try {
      this.#span = this.#arena.copy(pattern.span);
      this.#partSpan = this.#parts.perList === 1 ? this.#span : this.#arena.copy(partSpan(pattern));
      this.#index = this.#arena.copy(pattern.index);
      this.#values = this.#arena.copy(values);
      this.#refuseNan("weight", this.#values);
      this.#scores = this.#scoresOf(this.#values, norm);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Gives the memory back. */
  [Symbol.dispose](): void {
    this.#arena[Symbol.dispose]();
  }

  /** Active units whose score is not 0. */
  get nonZero(): number {
    const { pointer, length } = this.#scores;
    return this.#exports.rewire_count_nonzero(pointer, length);
  }

  /** Active units whose score is not below `least`, both rounded to f32. */
  countAtLeast(least: number): number {
    const { pointer, length } = this.#scores; // Those of padding are 0.
    return Math.min(this.units, this.#exports.rewire_count_at_least(pointer, length, least));
  }

  /**
   * Units that each cell shall hold: each list of a constant fan-in, each segment of an N:M pattern, or the whole
   * matrix as the one cell of a pattern of blocks.
   *
   * @param live For each list 1 if it shall be live, else 0. Default: as it is now. Only a constant fan-in asks.
   */
  quota(live?: Uint32Array): Uint32Array {
    const { pattern } = this.#layer;
    const { span } = pattern;
    const now = () =>
      Uint32Array.from({ length: pattern.lists }, (_, i) => Number(span[2 * i + 1] > span[2 * i]));
    return quotaOf(pattern, live ?? now(), this.units);
  }

  /** The slots of the units that exist. */
  slots(): BitSet {
    return this.#slotsOf(this.#span, new Uint32Array(this.#layer.pattern.lists).fill(1));
  }

  /** The `count` slots of `from` with the largest scores, ties to the lower slot. */
  largest(from: BitSet, count: number): BitSet {
    const set = this.#arena.set(from.size);
    const { pointer } = this.#scores;
    this.#exports.rewire_select_top(pointer, from.size, from.pointer, count, set.pointer);
    return set;
  }

  /**
   * What survives where the cells shall have `quota` units: of the cells with a quota, the slots of the `count`
   * largest scores (all if there are fewer), cut to the largest of each cell.
   */
  keep(count: number, quota: Uint32Array): BitSet {
    if (this.#anywhere) return this.largest(this.slots(), Math.min(count, quota[0]));
    // Parts whose quota is always the same never hold more.
    if (!mayEmpty(this.#layer.pattern)) return this.largest(this.slots(), count);
    return this.#largestOfCells(
      this.largest(this.#slotsOf(this.#partSpan, quota), count),
      quota,
    );
  }

  /**
   * As {@linkcode keep}, but no cell loses more units than it has room for elsewhere: it keeps as many more of its largest as
   * that takes.
   */
  keepWithRoom(count: number, quota: Uint32Array): BitSet {
    const kept = this.keep(count, quota);
    const free = this.#inactive();
    const least = quota.map((units, cell) => Math.max(0, units - free[cell]));
    const counts = this.countCells(kept);
    if (counts.every((has, cell) => has >= least[cell])) return kept;
    const more = this.#arena.readWords(this.#largestOfCells(this.slots(), least));
    const both = this.#arena.readWords(kept).map((word, i) => word | more[i]);
    return { ...this.#arena.copy(both), size: kept.size };
  }

  /** The slots that are not in `kept`. */
  dropped(kept: BitSet): BitSet {
    const set = this.#arena.copy(this.#arena.readWords(kept));
    this.#exports.rewire_without(this.slots().pointer, set.pointer, set.length);
    return { ...set, size: kept.size };
  }

  /** Slots of each cell that are in a set. */
  countCells(set: BitSet): Uint32Array {
    if (this.#anywhere) return Uint32Array.of(this.#count(set));
    const { count } = this.#parts;
    const counts = this.#arena.zeros(count);
    this.#exports.rewire_cell_counts(
      this.#partSpan.pointer,
      count,
      set.pointer,
      set.size,
      counts.pointer,
    );
    return this.#arena.readWords(counts);
  }

  /** Units that each cell lacks to its quota. */
  missing(kept: BitSet, quota: Uint32Array): Uint32Array {
    const missing = this.countCells(kept);
    for (let cell = 0; cell < missing.length; cell++) missing[cell] = quota[cell] - missing[cell];
    return missing;
  }

  /** The largest number of growth candidates that some cell of its own can take when `missing` units grow. */
  mostCandidates(missing: Uint32Array): number {
    const inactive = this.#inactiveOfParts();
    return missing.reduce(
      (most, count, part) => Math.max(most, Math.min(count, inactive[part])),
      0,
    );
  }

  /** Units that do not exist, of each cell. */
  #inactive(): Uint32Array {
    if (!this.#anywhere) return this.#inactiveOfParts();
    const { lists, entries } = this.#layer.pattern;
    return Uint32Array.of(lists * entries - this.units);
  }

  #inactiveOfParts(): Uint32Array {
    const { pattern } = this.#layer;
    const { count, perList, segment } = this.#parts;
    const span = this.#arena.readWords(this.#partSpan);
    return Uint32Array.from({ length: count }, (_, part) => {
      const entries = Math.min(segment, pattern.entries - part % perList * segment);
      return entries - (span[2 * part + 1] - span[2 * part]);
    });
  }

  /** The `counts[cell]` slots of `from` with the largest scores of each cell. */
  #largestOfCells(from: BitSet, counts: Uint32Array): BitSet {
    if (this.#anywhere) return this.largest(from, counts[0]);
    const set = this.#arena.set(from.size);
    this.#exports.rewire_select_cells(
      this.#scores.pointer,
      from.size,
      this.#partSpan.pointer,
      counts.length,
      from.pointer,
      this.#arena.copy(counts).pointer,
      set.pointer,
    );
    return set;
  }

  /** A set on the host: a bit for each slot. */
  words(set: BitSet): Uint32Array {
    return this.#arena.readWords(set);
  }

  /** No slots. */
  none(): BitSet {
    return this.#arena.set(this.#layer.pattern.capacity);
  }

  /** No growth. */
  nothing(): Growth {
    return { span: this.#arena.zeros(this.#partSpan.length), input: this.#arena.zeros(0) };
  }

  /** The topology that is left, on the host: the entries of the units of `kept`, list by list. */
  topology(kept: BitSet): UnitTopology {
    return topologyOf(this.#layer.pattern, this.#arena.readWords(kept));
  }

  /** Units that were chosen on the host, by part: ascending entries that are not kept. */
  growth({ span, input }: ChosenUnits): Growth {
    return { span: this.#arena.copy(span), input: this.#arena.copy(input) };
  }

  /**
   * Draws `counts[cell]` units for each cell among those that it does not keep, just dropped ones
   * included; every such set is equally likely. Of a pattern that may repeat entries it draws each of them out of all.
   *
   * @throws {RangeError} if a cell does not have that many.
   */
  draw(kept: BitSet, counts: Uint32Array, key: DrawKey): Growth {
    const { name, pattern: { spec, entries, capacity } } = this.#layer;
    const { count: parts, perList, segment } = this.#parts;
    let total = 0;
    for (let cell = 0; cell < counts.length; cell++) total += counts[cell];
    const [span, input] = [this.#arena.zeros(2 * parts), this.#arena.zeros(total)];
    const index = [this.#index.pointer, capacity, kept.pointer] as const;
    const words = [...seedWords(key.seed), key.stream, key.step] as const;
    const out = [span.pointer, input.pointer] as const;
    const lists = [this.#partSpan.pointer, parts] as const;
    if (this.#anywhere) {
      const free =
        this.#exports.rewire_draw_anywhere(...lists, entries, ...index, total, ...words, ...out) >>>
        0;
      if (free === NONE) return { span, input };
      throw new RangeError(
        `Cannot rewire "${name}": ${total} blocks should grow; expected at most ${free}, as many as are free`,
      );
    }
    const shape = [perList, segment, entries] as const;
    const wanted = this.#arena.copy(counts).pointer;
    const want = [wanted, total, Number(mayRepeat(spec))] as const;
    const part =
      this.#exports.rewire_draw(...lists, ...shape, ...index, ...want, ...words, ...out) >>> 0;
    if (part === NONE) return { span, input };
    throw new RangeError(
      `Cannot rewire "${name}": ${partName(this.#layer.pattern, part)} should grow ` +
        `${counts[part]} connections; expected no more than its inactive inputs`,
    );
  }

  /**
   * Growth scores: the gradients of the slots of `from` and of the candidates.
   *
   * @param gradient As long as the weights: the gradient of each.
   * @throws {RangeError} if a gradient is NaN or a candidate is not an inactive entry in order.
   */
  pool(from: BitSet, gradient: Float32Array, candidates: Candidates): GrowthPool {
    requireLength(this.#layer, "gradient", gradient);
    const given = this.#arena.copy(gradient);
    this.#refuseNan("gradient", given);
    const { name, pattern } = this.#layer;
    const lists = {
      name,
      pattern,
      parts: this.#parts,
      arena: this.#arena,
      span: this.#partSpan,
      index: this.#index,
    };
    return new GrowthPool(lists, from, this.#scoresOf(given, normOf(pattern.spec)), candidates);
  }

  /**
   * The new pattern of what is kept and what grows, with everything moved to it.
   *
   * @param grown What the values of units begin with that grow; of their moments the layer says it.
   */
  finish(kept: BitSet, growth: Growth, grown: Grown = "zero"): RewireResult {
    const { name, pattern: old, values, moments, inherits = false, wantsView = true } = this.#layer;
    const { spareView: spare, expendable = false } = this.#layer;
    const [arena, parts, span, index] = [this.#arena, this.#parts, this.#span, this.#index];
    const place = { name, arena, parts, pattern: old, span, index };
    const merged = merge(place, kept, growth, wantsView && { spare });
    const moving = new Moving(place, merged);
    const survivors = this.#count(kept);
    const { lists: _lists, source: _source, ...made } = merged;
    const { pattern } = made;
    const emptied = countEmptied(old.span, pattern.span);
    return {
      ...made,
      values: moving.move(this.#values, grown === "inherited", expendable ? values : undefined),
      moments: moments.map((moment) => {
        using own = new Arena(arena.module);
        return moving.move(own.copy(moment), inherits, expendable ? moment : undefined);
      }),
      dropped: this.units - survivors,
      grown: countUnits(pattern) - survivors,
      ablated: emptied,
      revived: countLive(pattern) - countLive(old) + emptied,
    };
  }

  /** The score of each slot out of its values. Those of single connections are their own scores, sign and all. */
  #scoresOf(values: Words, norm: number): Words {
    const { lists, capacity, unit, rows, inputs } = this.#layer.pattern;
    if (areaOf(unit) === 1) return values;
    const scores = this.#arena.zeros(capacity);
    this.#exports.rewire_norms(
      this.#span.pointer,
      lists,
      this.#index.pointer,
      capacity,
      values.pointer,
      unit.height,
      unit.width,
      rows,
      inputs,
      norm,
      scores.pointer,
    );
    return scores;
  }

  #slotsOf(span: Words, wanted: Uint32Array): BitSet {
    const set = this.#arena.set(this.#layer.pattern.capacity);
    const flags = this.#arena.copy(wanted).pointer;
    this.#exports.rewire_slots(span.pointer, wanted.length, flags, set.pointer, set.size);
    return set;
  }

  #count({ pointer, length }: BitSet): number {
    return this.#exports.rewire_count(pointer, length);
  }

  #refuseNan(what: string, { pointer, length }: Words): void {
    const at = this.#exports.rewire_find_nan(pointer, length) >>> 0;
    if (at === NONE) return;
    const { name, pattern: { unit, span, index } } = this.#layer;
    const slot = Math.floor(at / areaOf(unit));
    const list = Math.max(0, span.findIndex((end, i) => i % 2 === 1 && slot < end)) >>> 1;
    const row = list * unit.height + at % unit.height;
    const input = index[slot] * unit.width + Math.floor(at / unit.height) % unit.width;
    throw new RangeError(
      `Cannot rewire "${name}": the ${what} of row ${row}, input ${input} is NaN; expected numbers`,
    );
  }

  get #exports(): WasmModule["exports"] {
    this.#arena.requireLive();
    return this.#arena.module.exports;
  }
}

/** Lists with units before and none after. */
function countEmptied(before: Uint32Array, after: Uint32Array): number {
  let count = 0;
  for (let i = 0; i < before.length; i += 2) {
    if (before[i + 1] > before[i] && after[i + 1] === after[i]) count++;
  }
  return count;
}
