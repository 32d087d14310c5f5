/**
 * Which positions a layer has ever used: the exploration that dynamic sparse training lives on
 * (in-time over-parameterization, Liu et al., ICML 2021).
 *
 * @module
 */
import type { WasmModule } from "../device/wasm/module.ts";
import { Arena, type BitSet } from "./arena.ts";
import type { Pattern } from "./pattern.ts";

/** A record of positions, one bit each. Made by `Rewirer.explore`. */
export class Explored implements Disposable {
  readonly #arena: Arena;
  readonly #set: BitSet;
  readonly #rows: number;
  readonly #inputs: number;

  /** A record for a matrix `[rows, inputs]` in which nothing has been used yet. */
  constructor(module: WasmModule, rows: number, inputs: number) {
    if (rows * inputs >= 2 ** 32) {
      throw new RangeError(
        `Cannot record the positions of [${rows}, ${inputs}]: there are ${rows * inputs}; ` +
          `expected fewer than 2^32`,
      );
    }
    this.#arena = new Arena(module);
    this.#set = this.#arena.set(rows * inputs);
    this.#rows = rows;
    this.#inputs = inputs;
  }

  /** Gives the memory back. */
  [Symbol.dispose](): void {
    this.#arena[Symbol.dispose]();
  }

  /**
   * Adds every connection of a pattern.
   *
   * @throws {TypeError} if the pattern has another shape.
   */
  add(pattern: Pattern): void {
    const { rows, inputs, capacity } = pattern;
    if (rows !== this.#rows || inputs !== this.#inputs) {
      throw new TypeError(
        `Cannot add a pattern [${rows}, ${inputs}]: the record is of [${this.#rows}, ${this.#inputs}]`,
      );
    }
    using arena = new Arena(this.#arena.module);
    this.#arena.module.exports.rewire_mark(
      arena.copy(pattern.span).pointer,
      rows,
      arena.copy(pattern.index).pointer,
      capacity,
      inputs,
      this.#set.pointer,
    );
  }

  /** Share of all positions that were used at least once. */
  get fraction(): number {
    const { pointer, length, size } = this.#set;
    return this.#arena.module.exports.rewire_count(pointer, length) / size;
  }
}
