/**
 * Growth scores of a layer: lists of connections by row with their gradients, out of which growth
 * by gradient chooses. The dense gradient never exists: a pool holds the slots of the pattern, whose
 * gradients the training step computes anyway, and the best inactive inputs of each row.
 *
 * @module
 */
import type { WasmModule } from "../device/wasm/module.ts";
import { NONE } from "../ops/kernels/constants.ts";
import type { Arena, BitSet, Words } from "./arena.ts";
import type { Pattern } from "./pattern.ts";

/** The best growth candidates of every row, as the kernel `growth_candidates` writes them. */
export interface Candidates {
  /** Candidates per row. */
  readonly count: number;
  /** `[rows * count]`: inactive inputs, ascending in a row; 0xffffffff where there are fewer. */
  readonly input: Uint32Array;
  /** `[rows * count]`: magnitude of their gradients; 0 where there is no candidate. */
  readonly score: Float32Array;
}

/** A layer's lists in the memory of a module. */
export interface LayerLists {
  /** Name of the layer; appears in errors. */
  readonly name: string;
  /** The connections. */
  readonly pattern: Pattern;
  /** Where the arrays lie. */
  readonly arena: Arena;
  /** The pattern's span. */
  readonly span: Words;
  /** The pattern's index. */
  readonly index: Words;
}

/** Connections that may grow, by row, ascending by input, with their gradients. */
export class GrowthPool {
  /** Begin and end of each row's list of entries. */
  readonly span: Words;
  /** Input of each entry. */
  readonly input: Words;
  /** Slot of each entry, or {@linkcode NONE} of a candidate. */
  readonly source: Words;
  readonly #lists: LayerLists;
  readonly #score: Words;
  readonly #all: BitSet;
  readonly #count: number;

  /** Gathers the slots of `from` and the candidates. Made by `LayerRewiring.pool`. */
  constructor(lists: LayerLists, from: BitSet, gradient: Float32Array, candidates: Candidates) {
    const { arena, pattern: { rows, inputs, capacity } } = lists;
    const { count } = candidates;
    requireCandidates(lists, candidates);
    const room = capacity + rows * count;
    this.#lists = lists;
    this.#count = count;
    this.span = arena.zeros(2 * rows);
    this.input = arena.zeros(room);
    this.source = arena.zeros(room);
    this.#score = arena.zeros(room);
    const row = this.#exports.rewire_pool(
      lists.span.pointer,
      rows,
      lists.index.pointer,
      capacity,
      arena.copy(gradient).pointer,
      from.pointer,
      inputs,
      count,
      arena.copy(candidates.input).pointer,
      arena.copy(candidates.score).pointer,
      this.span.pointer,
      this.input.pointer,
      this.#score.pointer,
      this.source.pointer,
    ) >>> 0;
    if (row !== NONE) {
      throw new RangeError(
        `Cannot rewire "${lists.name}": the growth candidates of row ${row} are ` +
          `[${candidates.input.subarray(row * count, (row + 1) * count)}]; ` +
          `expected inactive inputs below ${inputs} in ascending order`,
      );
    }
    this.#all = arena.set(room);
    const flags = arena.copy(new Uint32Array(rows).fill(1));
    this.#exports.rewire_rows(this.span.pointer, rows, flags.pointer, this.#all.pointer, room);
  }

  /** The `count` entries with the largest gradients, ties to the lower row, then input. */
  largest(count: number): BitSet {
    const { arena } = this.#lists;
    const set = arena.set(this.#all.size);
    this.#exports.rewire_select_top(
      this.#score.pointer,
      set.size,
      this.#all.pointer,
      count,
      set.pointer,
    );
    return set;
  }

  /** The `counts[row]` entries of each row with the largest gradients, ties to the lower input. */
  largestOfRows(counts: Uint32Array): BitSet {
    const { arena } = this.#lists;
    const set = arena.set(this.#all.size);
    this.#exports.rewire_select_rows(
      this.#score.pointer,
      set.size,
      this.span.pointer,
      counts.length,
      this.#all.pointer,
      arena.copy(counts).pointer,
      set.pointer,
    );
    return set;
  }

  /** Positions of each row that are in a set of slots or, as entries, in a set of this pool's. */
  countUnion(slots: BitSet, entries: BitSet): Uint32Array {
    const { arena, span, pattern: { rows } } = this.#lists;
    const counts = arena.zeros(rows);
    this.#exports.rewire_count_union(
      span.pointer,
      rows,
      slots.pointer,
      slots.size,
      this.span.pointer,
      this.source.pointer,
      entries.pointer,
      entries.size,
      counts.pointer,
    );
    return arena.readWords(counts);
  }

  /**
   * Whether some row has all its candidates in `entries` although more of its inputs are inactive:
   * then a selection across rows may lack connections that the pool does not know.
   */
  saturated(entries: BitSet): boolean {
    const { span, pattern: { rows, inputs } } = this.#lists;
    const row = this.#exports.rewire_find_saturated(
      span.pointer,
      rows,
      this.span.pointer,
      this.source.pointer,
      entries.pointer,
      entries.size,
      inputs,
      this.#count,
    );
    return row >>> 0 !== NONE;
  }

  get #exports(): WasmModule["exports"] {
    return this.#lists.arena.module.exports;
  }
}

function requireCandidates(lists: LayerLists, { count, input, score }: Candidates): void {
  const { name, arena, pattern: { rows } } = lists;
  if (input.length !== rows * count || score.length !== rows * count) {
    throw new TypeError(
      `Cannot rewire "${name}": got ${input.length} growth candidates and ${score.length} scores; ` +
        `expected ${rows * count} (${rows} rows of ${count})`,
    );
  }
  const nan = arena.module.exports.rewire_find_nan(arena.copy(score).pointer, score.length) >>> 0;
  if (nan !== NONE) {
    throw new RangeError(
      `Cannot rewire "${name}": the gradient of row ${Math.floor(nan / count)}, ` +
        `input ${input[nan]} is NaN; expected numbers`,
    );
  }
}
