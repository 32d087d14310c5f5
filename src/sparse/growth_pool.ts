/**
 * Growth scores of a layer: lists of units with their gradients, out of which growth by gradient
 * chooses. The dense gradient never exists: a pool holds the slots of the pattern, whose gradients the
 * training step computes anyway, and the best inactive entries of each part (see `cells.ts`).
 *
 * @module
 */
import type { WasmModule } from "../device/wasm/module.ts";
import { NONE } from "../ops/kernels/constants.ts";
import type { Arena, BitSet, Words } from "./arena.ts";
import { partName, type Parts, refillsAnywhere } from "./cells.ts";
import type { Pattern } from "./pattern.ts";

/** The best growth candidates of every list, or of every segment of it, as the kernel `growth_candidates` writes them. */
export interface Candidates {
  /** Candidates of each part. */
  readonly count: number;
  /** `[parts * count]`: inactive entries, ascending in a part; 0xffffffff where there are fewer. */
  readonly input: Uint32Array;
  /** `[parts * count]`: norm of their gradients; 0 where there is no candidate. */
  readonly score: Float32Array;
}

/** A layer's lists in the memory of a module. */
export interface LayerLists {
  /** Name of the layer; appears in errors. */
  readonly name: string;
  /** The connections. */
  readonly pattern: Pattern;
  /** How its lists divide. */
  readonly parts: Parts;
  /** Where the arrays lie. */
  readonly arena: Arena;
  /** Begin and end of each part. */
  readonly span: Words;
  /** The pattern's index. */
  readonly index: Words;
}

/** Units that may grow, by part, ascending by entry, with their gradients. */
export class GrowthPool {
  /** Begin and end of each part's list. */
  readonly span: Words;
  /** Entry of each unit. */
  readonly input: Words;
  /** Slot of each unit, or {@linkcode NONE} of a candidate. */
  readonly source: Words;
  readonly #lists: LayerLists;
  readonly #score: Words;
  readonly #all: BitSet;
  readonly #count: number;

  /**
   * Gathers the slots of `from` and the candidates. Made by `LayerRewiring.pool`.
   *
   * @param score `[capacity]`: gradient of each slot, or the norm of a unit's.
   */
  constructor(lists: LayerLists, from: BitSet, score: Words, candidates: Candidates) {
    const { arena, parts, pattern } = lists;
    const { count } = candidates;
    requireLengths(lists, candidates);
    const room = pattern.capacity + parts.count * count;
    this.#lists = lists;
    this.#count = count;
    const candidateScore = arena.copy(candidates.score);
    refuseNan(lists, candidates, candidateScore);
    this.span = arena.zeros(2 * parts.count);
    this.input = arena.zeros(room);
    this.source = arena.zeros(room);
    this.#score = arena.zeros(room);
    const part = this.#exports.rewire_pool(
      ...this.#cells,
      lists.index.pointer,
      pattern.capacity,
      score.pointer,
      from.pointer,
      count,
      arena.copy(candidates.input).pointer,
      candidateScore.pointer,
      this.span.pointer,
      this.input.pointer,
      this.#score.pointer,
      this.source.pointer,
    ) >>> 0;
    if (part !== NONE) {
      throw new RangeError(
        `Cannot rewire "${lists.name}": the growth candidates of ${partName(pattern, part)} are ` +
          `[${candidates.input.subarray(part * count, (part + 1) * count)}]; ` +
          `expected inactive inputs of it in ascending order, below ${pattern.entries}`,
      );
    }
    this.#all = arena.set(room);
    const flags = arena.copy(new Uint32Array(parts.count).fill(1));
    this.#exports.rewire_slots(
      this.span.pointer,
      parts.count,
      flags.pointer,
      this.#all.pointer,
      room,
    );
  }

  /** The `count` units with the largest gradients, ties to the lower list, then entry. */
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

  /** The `counts[cell]` units of each cell with the largest gradients, ties to the lower list, then entry. */
  largestOfCells(counts: Uint32Array): BitSet {
    const { arena, pattern } = this.#lists;
    if (refillsAnywhere(pattern)) return this.largest(counts[0]);
    const set = arena.set(this.#all.size);
    this.#exports.rewire_select_cells(
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

  /** Positions of each part that are in a set of slots or, as units of this pool, in a set of its own. */
  countUnion(slots: BitSet, chosen: BitSet): Uint32Array {
    const { arena, span, parts } = this.#lists;
    const counts = arena.zeros(parts.count);
    this.#exports.rewire_count_union(
      span.pointer,
      parts.count,
      slots.pointer,
      slots.size,
      this.span.pointer,
      this.source.pointer,
      chosen.pointer,
      chosen.size,
      counts.pointer,
    );
    return arena.readWords(counts);
  }

  /**
   * Whether some part has all its candidates in `chosen` although more of its entries are inactive:
   * then a selection across parts may lack units that the pool does not know.
   */
  saturated(chosen: BitSet): boolean {
    const part = this.#exports.rewire_find_saturated(
      ...this.#cells,
      this.span.pointer,
      this.source.pointer,
      chosen.pointer,
      chosen.size,
      this.#count,
    );
    return part >>> 0 !== NONE;
  }

  /** The parts as the module's functions take them: span, number, per list, segment, entries. */
  get #cells(): [number, number, number, number, number] {
    const { span, parts: { count, perList, segment }, pattern: { entries } } = this.#lists;
    return [span.pointer, count, perList, segment, entries];
  }

  get #exports(): WasmModule["exports"] {
    return this.#lists.arena.module.exports;
  }
}

function requireLengths({ name, parts }: LayerLists, { count, input, score }: Candidates): void {
  const length = parts.count * count;
  if (input.length === length && score.length === length) return;
  throw new TypeError(
    `Cannot rewire "${name}": got ${input.length} growth candidates and ${score.length} scores; ` +
      `expected ${length} (${parts.count} times ${count})`,
  );
}

function refuseNan(lists: LayerLists, { count, input }: Candidates, score: Words): void {
  const { name, arena, pattern } = lists;
  const nan = arena.module.exports.rewire_find_nan(score.pointer, score.length) >>> 0;
  if (nan === NONE) return;
  throw new RangeError(
    `Cannot rewire "${name}": the gradient of ${partName(pattern, Math.floor(nan / count))}, ` +
      `input ${input[nan]} is NaN; expected numbers`,
  );
}
