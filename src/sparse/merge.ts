/**
 * The new pattern of a rewiring, made in the memory of the WASM module: its lists, its hash, its transposed view, and
 * where each of its slots comes from.
 *
 * @module
 */
import { NONE } from "../ops/kernels/constants.ts";
import { Arena, type BitSet, type Words } from "./arena.ts";
import { refillsAnywhere } from "./cells.ts";
import { areaOf } from "./geometry.ts";
import type { LayerLists } from "./growth_pool.ts";
import { mayRepeat } from "./lookup.ts";
import type { Pattern, TransposedView } from "./pattern.ts";

/** Units that grow, in the memory of a {@linkcode LayerRewiring}. */
export interface Growth {
  /** Begin and end of each part's list; see {@linkcode Parts}. */
  readonly span: Words;
  /** Entry of each, ascending in a part. */
  readonly input: Words;
  /** Old slot whose values and moments each takes up again; all start at 0 if absent. */
  readonly source?: Words;
  /** Those that grow; all if absent. */
  readonly chosen?: BitSet;
}

/** A new pattern. */
export interface Merged {
  /** Its connections. */
  readonly pattern: Pattern;
  /** Its hash, as `patternHash` gives it. */
  readonly hash: string;
  /** Its connections by columns, where somebody wants them. */
  readonly view?: TransposedView;
  /** Its lists, in the memory of the module. */
  readonly lists: LayerLists;
  /** Old slot of each slot, {@linkcode NONE} of growth, padding and tail. */
  readonly source: Words;
}

/**
 * Merges what is kept and what grows into sorted lists.
 *
 * @param old The layer; its `span` is that of lists.
 * @param view Whether to make the transposed view; it comes in the arrays of a spare one.
 * @throws {RangeError} if a list repeats an entry that may not, or the lists do not fit.
 */
export function merge(
  old: LayerLists,
  kept: BitSet,
  growth: Growth,
  view: false | { readonly spare: TransposedView | undefined },
): Merged {
  const { arena, name, pattern: { spec, lists, capacity, tile } } = old;
  const { exports } = arena.module;
  const span = arena.zeros(2 * lists);
  const [index, source] = [arena.zeros(capacity), arena.zeros(capacity)];
  const list = exports.rewire_merge(
    old.span.pointer,
    lists,
    old.index.pointer,
    capacity,
    kept.pointer,
    growth.span.pointer,
    old.parts.perList,
    growth.input.pointer,
    growth.source?.pointer ?? 0,
    growth.chosen?.pointer ?? 0,
    growth.input.length,
    tile,
    Number(mayRepeat(spec)),
    span.pointer,
    index.pointer,
    source.pointer,
  ) >>> 0;
  if (list !== NONE) {
    throw new RangeError(
      `Cannot rewire "${name}": the new list ${list} repeats an input or does not fit; ` +
        `expected distinct inputs and ${capacity} slots in all`,
    );
  }
  const made = { ...old, span, index };
  const pattern = { ...old.pattern, span: arena.readWords(span), index: arena.readWords(index) };
  const hash = hashOf(made);
  const merged = { pattern, hash, lists: made, source };
  return view === false ? merged : { ...merged, view: transpose(made, view.spare) };
}

/** Moves what travels with connections from a pattern to one that is merged of it. */
export class Moving {
  readonly #old: LayerLists;
  readonly #merged: Merged;
  #inherited: Words | undefined;

  /** From `old` to `merged`. */
  constructor(old: LayerLists, merged: Merged) {
    this.#old = old;
    this.#merged = merged;
  }

  /**
   * An array as long as the values, in the new order.
   *
   * @param inherits Whether what grows has what was where it takes the place, as `Grown` says, or 0.
   * @param into Where it comes; in a new array if absent.
   */
  move({ pointer, length }: Words, inherits: boolean, into?: Float32Array): Float32Array {
    const { arena: { module }, pattern: { unit } } = this.#old;
    const source = inherits ? this.#inheritedSource() : this.#merged.source;
    using arena = new Arena(module);
    const to = arena.zeros(length);
    module.exports.rewire_carry(source.pointer, source.length, pointer, areaOf(unit), to.pointer);
    if (inherits) this.#trim(to);
    return arena.readFloats(to, into);
  }

  /** Old slots where what grows has the one of what it takes the place of. */
  #inheritedSource(): Words {
    const { arena, span, pattern } = this.#old;
    const { lists, source } = this.#merged;
    if (this.#inherited !== undefined) return this.#inherited;
    const filled = arena.zeros(source.length);
    arena.module.exports.rewire_inherit(
      span.pointer,
      lists.span.pointer,
      pattern.lists,
      Number(refillsAnywhere(pattern)),
      source.pointer,
      source.length,
      filled.pointer,
    );
    return this.#inherited = filled;
  }

  /** Clears what a unit has brought along that lies outside of the matrix at its new place. */
  #trim({ pointer }: Words): void {
    const { arena, span, index, pattern } = this.#merged.lists;
    const { lists, capacity, unit: { height, width }, rows, inputs } = pattern;
    if (rows % height === 0 && inputs % width === 0) return;
    const shape = [height, width, rows, inputs] as const;
    const { rewire_trim: trim } = arena.module.exports;
    trim(span.pointer, lists, index.pointer, capacity, ...shape, pointer);
  }
}

function hashOf({ arena, pattern: { lists, entries }, span, index }: LayerLists): string {
  const hash = arena.zeros(2);
  const { exports } = arena.module;
  exports.rewire_hash(span.pointer, lists, index.pointer, index.length, entries, hash.pointer);
  return [...arena.readWords(hash)].map((word) => word.toString(16).padStart(8, "0")).join("");
}

function transpose(
  { name, arena: { module }, pattern, span, index }: LayerLists,
  spare: TransposedView | undefined,
): TransposedView {
  const { lists, entries, tile, viewCapacity: capacity } = pattern;
  using arena = new Arena(module);
  const columnSpan = arena.zeros(2 * entries);
  const [rowOf, slotOf] = [arena.zeros(capacity), arena.zeros(capacity)];
  const column = module.exports.rewire_transpose(
    span.pointer,
    lists,
    index.pointer,
    index.length,
    entries,
    tile,
    capacity,
    columnSpan.pointer,
    rowOf.pointer,
    slotOf.pointer,
  ) >>> 0;
  if (column !== NONE) {
    throw new RangeError(
      `Cannot rewire "${name}": the transposed list of input ${column} does not fit; ` +
        `expected at most ${capacity} slots in all`,
    );
  }
  return {
    capacity,
    columnSpan: arena.readWords(columnSpan, spare?.columnSpan),
    rowOf: arena.readWords(rowOf, spare?.rowOf),
    slotOf: arena.readWords(slotOf, spare?.slotOf),
  };
}
