/**
 * Which positions a layer has ever used: the exploration that dynamic sparse training lives on
 * (in-time over-parameterization, Liu et al., ICML 2021).
 *
 * @module
 */
import type { WasmModule } from "../device/wasm/module.ts";
import { Arena, type BitSet } from "./arena.ts";
import type { Geometry } from "./geometry.ts";
import type { Pattern } from "./pattern.ts";

/** What units a matrix has room for. */
export type Positions = Pick<Geometry, "lists" | "entries">;

/** Whether there are few enough positions to record them: a bit each. A head that stands on sparse features may have more. */
export function isRecordable({ lists, entries }: Positions): boolean {
  return lists * entries < 2 ** 32;
}

/** A record of the positions of units, one bit each. Made by `Rewirer.explore`. */
export class Explored implements Disposable {
  readonly #arena: Arena;
  readonly #set: BitSet;
  readonly #lists: number;
  readonly #entries: number;

  /** A record for `lists` rows of `entries` units in which nothing has been used yet. */
  constructor(module: WasmModule, { lists, entries }: Positions) {
    if (!isRecordable({ lists, entries })) {
      throw new RangeError(
        `Cannot record the positions of [${lists}, ${entries}]: there are ${lists * entries}; ` +
          `expected fewer than 2^32`,
      );
    }
    this.#arena = new Arena(module);
    this.#set = this.#arena.set(lists * entries);
    this.#lists = lists;
    this.#entries = entries;
  }

  /** Gives the memory back; the record cannot be used afterwards. Disposing twice is disposing once. */
  [Symbol.dispose](): void {
    this.#arena[Symbol.dispose]();
  }

  /**
   * Adds every unit of a pattern.
   *
   * @throws {TypeError} if the pattern has another shape.
   */
  add(pattern: Pattern): void {
    this.#arena.requireLive();
    const { lists, entries, capacity } = pattern;
    if (lists !== this.#lists || entries !== this.#entries) {
      throw new TypeError(
        `Cannot add a pattern of [${lists}, ${entries}] units: the record is of ` +
          `[${this.#lists}, ${this.#entries}]`,
      );
    }
    using arena = new Arena(this.#arena.module);
    this.#arena.module.exports.rewire_mark(
      arena.copy(pattern.span).pointer,
      lists,
      arena.copy(pattern.index).pointer,
      capacity,
      entries,
      this.#set.pointer,
    );
  }

  /** The record: one bit for each position, lists one after the other. */
  get words(): Uint32Array {
    return this.#arena.readWords(this.#set);
  }

  /**
   * Puts a record in the place of this one.
   *
   * @throws {TypeError} if it is of another shape.
   */
  restore(words: Uint32Array): void {
    this.#arena.requireLive();
    const { pointer, length } = this.#set;
    if (words.length !== length) {
      throw new TypeError(
        `Cannot restore the record of [${this.#lists}, ${this.#entries}] positions: ` +
          `got ${words.length} words; expected ${length}`,
      );
    }
    new Uint32Array(this.#arena.module.memory.buffer, pointer, length).set(words);
  }

  /** Share of all positions that were used at least once. */
  get fraction(): number {
    this.#arena.requireLive();
    const { pointer, length, size } = this.#set;
    return this.#arena.module.exports.rewire_count(pointer, length) / size;
  }
}
