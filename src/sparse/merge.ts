/**
 * The new pattern of a rewiring, made in the memory of the WASM module: its lists, its hash, its transposed view, and
 * where each of its slots comes from.
 *
 * @module
 */
import { NONE } from "../ops/kernels/constants.ts";
import { Arena, type BitSet, type Words } from "./arena.ts";
import type { LayerLists } from "./growth_pool.ts";
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
  /** Old slot of each slot, {@linkcode NONE} of growth, padding and tail. */
  readonly source: Words;
}

/**
 * Merges what is kept and what grows into sorted lists.
 *
 * @param old The layer; its `span` is that of lists.
 * @param view Whether to make the transposed view; it comes in the arrays of a spare one.
 * @throws {RangeError} if a list repeats an entry or the lists do not fit.
 */
export function merge(
  old: LayerLists,
  kept: BitSet,
  growth: Growth,
  view: false | { readonly spare: TransposedView | undefined },
): Merged {
  const { arena, name, pattern: { lists, capacity, tile } } = old;
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
  if (view === false) return { pattern, hash, source };
  return { pattern, hash, view: transpose(made, view.spare), source };
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
