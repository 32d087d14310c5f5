/**
 * Arrays in the memory of a WASM module that live until the end of a scope.
 *
 * @module
 */
import type { WasmModule } from "../device/wasm/module.ts";

/** An array of 4-byte numbers in linear memory. */
export interface Words {
  /** Address of the first element. */
  readonly pointer: number;
  /** Number of elements. */
  readonly length: number;
}

/** A set of the numbers below `size`, one bit each. */
export interface BitSet extends Words {
  /** Elements that the set could have. */
  readonly size: number;
}

/** Takes arrays from a module's memory and gives all of them back at once. */
export class Arena implements Disposable {
  /** The module whose memory it is. */
  readonly module: WasmModule;
  readonly #taken: Words[] = [];
  #disposed = false;

  /** An arena that holds nothing yet. */
  constructor(module: WasmModule) {
    this.module = module;
  }

  /** An array of zeros. */
  zeros(length: number): Words {
    return this.#take(length, true);
  }

  /** A copy of a host array. */
  copy(array: Uint32Array | Float32Array): Words {
    const words = this.#take(array.length, false);
    const view = array instanceof Float32Array
      ? new Float32Array(this.module.memory.buffer, words.pointer, array.length)
      : new Uint32Array(this.module.memory.buffer, words.pointer, array.length);
    view.set(array);
    return words;
  }

  /**
   * Throws after the end of the scope.
   *
   * @throws {ReferenceError} if everything was given back.
   */
  requireLive(): void {
    if (!this.#disposed) return;
    throw new ReferenceError(
      "Cannot use arrays of the rewiring: they were disposed of; expected a scope that has not ended",
    );
  }

  #take(length: number, zeroed: boolean): Words {
    this.requireLive();
    const words = { pointer: this.module.alloc(4 * length, "rewiring", zeroed), length };
    this.#taken.push(words);
    return words;
  }

  /** An empty set. */
  set(size: number): BitSet {
    return { ...this.zeros(Math.ceil(size / 32)), size };
  }

  /** An array on the host with the u32 of one here: `into`, or a new one. */
  readWords({ pointer, length }: Words, into?: Uint32Array): Uint32Array {
    this.requireLive();
    const view = new Uint32Array(this.module.memory.buffer, pointer, length);
    if (into === undefined) return view.slice();
    into.set(view);
    return into;
  }

  /** An array on the host with the f32 of one here: `into`, or a new one. */
  readFloats({ pointer, length }: Words, into?: Float32Array): Float32Array {
    this.requireLive();
    const view = new Float32Array(this.module.memory.buffer, pointer, length);
    if (into === undefined) return view.slice();
    into.set(view);
    return into;
  }

  /** Gives everything back; nothing can be taken or read afterwards. Disposing twice is disposing once. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const { pointer, length } of this.#taken.splice(0)) {
      this.module.dealloc(pointer, 4 * length);
    }
  }
}
