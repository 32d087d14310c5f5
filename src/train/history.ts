/**
 * The history of a weight's pattern: which positions it has ever used, and how many of the connections that it drops were
 * grown only just before. A high share of those says that growth proposes what selection does not keep.
 *
 * @module
 */
import type { Explored } from "../sparse/explored.ts";
import type { Pattern } from "../sparse/pattern.ts";

/** A history as it is saved: of a pattern that is rewired, or of a mask that follows its weight. */
export interface HistoryWords {
  /** A bit for each position that was ever used; absent of a mask. */
  readonly explored?: Uint32Array;
  /** What {@linkcode YoungRecord.words} gives; absent before the first rewiring. */
  readonly young?: Uint32Array;
  /** What `MaskMeter.wordsOf` gives; absent of a mask that was not measured yet. */
  readonly measured?: Uint32Array;
}

/** The parts of a history by name. */
export const HISTORY_PARTS = ["explored", "young", "measured"] as const;

/** The history of one weight's pattern. */
export class History implements Disposable {
  readonly #explored: Explored;
  readonly #young = new YoungRecord();

  /** Goes on with a record of positions. */
  constructor(explored: Explored) {
    this.#explored = explored;
  }

  /** Gives the memory of the record back. */
  [Symbol.dispose](): void {
    this.#explored[Symbol.dispose]();
  }

  /** Share of the positions of units that were ever active. */
  get explored(): number {
    return this.#explored.fraction;
  }

  /** See {@linkcode YoungRecord.share}. */
  get replacedYoung(): number | undefined {
    return this.#young.share;
  }

  /** Notes a rewiring. */
  note(before: Pattern, after: Pattern): void {
    this.#explored.add(after);
    this.#young.note(before, after);
  }

  /** The history as it is saved. */
  get words(): HistoryWords {
    const young = this.#young.words;
    return { explored: this.#explored.words, ...(young === undefined ? {} : { young }) };
  }

  /**
   * Goes on with a history that was saved.
   *
   * @throws {TypeError} if it is of another shape.
   */
  restore({ explored, young }: HistoryWords, { capacity }: Pattern): void {
    if (explored !== undefined) this.#explored.restore(explored);
    if (young !== undefined) this.#young.restore(young, capacity);
  }
}

/** Units that a weight grew at its last rewiring, by slot, and how many like them that rewiring dropped. */
export class YoungRecord {
  /** A bit for each slot of the present pattern; absent before the first rewiring. */
  #grown: Uint32Array | undefined;
  #dropped = 0;
  #young = 0;

  /**
   * Of the units that the last rewiring dropped, the share that the rewiring before had grown. Undefined before the
   * second rewiring, and where the last one dropped nothing. A unit that is dropped and grown again at once counts as
   * kept.
   */
  get share(): number | undefined {
    return this.#dropped === 0 ? undefined : this.#young / this.#dropped;
  }

  /** Notes a rewiring from one pattern to the next, which has the same lists. */
  note(before: Pattern, after: Pattern): void {
    const old = this.#grown;
    const grown = new Uint32Array(Math.ceil(after.capacity / 32));
    let dropped = 0, young = 0;
    const drop = (slot: number): void => {
      dropped++;
      if (old !== undefined) young += old[slot >>> 5] >>> (slot & 31) & 1;
    };
    for (let list = 0; list < after.span.length; list += 2) {
      let i = before.span[list];
      const end = before.span[list + 1];
      for (let j = after.span[list]; j < after.span[list + 1]; j++) {
        const entry = after.index[j];
        while (i < end && before.index[i] < entry) drop(i++);
        if (i < end && before.index[i] === entry) i++;
        else grown[j >>> 5] |= 1 << (j & 31);
      }
      while (i < end) drop(i++);
    }
    this.#grown = grown;
    // Without a rewiring before, nothing is known of what was dropped.
    this.#dropped = old === undefined ? 0 : dropped;
    this.#young = young;
  }

  /** The record: units dropped, young ones among them, a bit for each slot; undefined before the first rewiring. */
  get words(): Uint32Array | undefined {
    if (this.#grown === undefined) return undefined;
    const words = new Uint32Array(2 + this.#grown.length);
    words.set([this.#dropped, this.#young]);
    words.set(this.#grown, 2);
    return words;
  }

  /**
   * Goes on with a record that {@linkcode words} gave.
   *
   * @throws {TypeError} if it is of another number of slots.
   */
  restore(words: Uint32Array, capacity: number): void {
    const expected = 2 + Math.ceil(capacity / 32);
    if (words.length !== expected) {
      throw new TypeError(
        `Cannot restore the record of what grew: got ${words.length} words; expected ${expected}`,
      );
    }
    [this.#dropped, this.#young] = words;
    this.#grown = words.slice(2);
  }
}
