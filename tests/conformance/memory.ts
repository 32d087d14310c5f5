/**
 * A buffer under test, with poison around it.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Backend, DeviceBuffer } from "../../src/device/backend.ts";
import type { Binding, Kernel } from "../../src/device/kernel.ts";
import { WasmBuffer } from "../../src/device/wasm/memory.ts";

/** A word of memory that is no kernel's business: a NaN as float32, and no index, slot or count as an integer. */
export const POISON = 0x7fc0dead;

/** Words of poison on each side: more than a row of 320 columns, three times. A multiple of a cache line. */
export const BORDER = 1024;

/** The content of one binding in device memory, between borders. */
export class Memory {
  /** What the kernel is given. */
  readonly buffer: DeviceBuffer;
  readonly #backend: Backend;
  readonly #before: Uint32Array;
  /** Words of poison before the content. */
  readonly #front: number;
  /** Words of the content. */
  readonly #length: number;

  /** Takes memory for `content` and its borders. */
  constructor(backend: Backend, label: string, content: Uint32Array) {
    this.#backend = backend;
    // A buffer of WebGPU is bound from its beginning: nothing lies before that.
    this.#front = backend.name === "wasm" ? BORDER : 0;
    this.#length = content.length;
    const words = this.#front + content.length + BORDER;
    // Up to the very end of what the device takes, which is a multiple of 16 bytes.
    this.#before = new Uint32Array(words + (-words & 3)).fill(POISON);
    this.#before.set(content, this.#front);
    this.buffer = backend.allocate(this.#before.byteLength, label);
    assert.equal(this.buffer.bytes, this.#before.byteLength);
    backend.write(this.buffer, this.#before);
    this.#shift(this.#front);
  }

  /**
   * The words of the content after the call; `undefined` where the kernel only read it.
   *
   * @throws {RangeError} if a border, or what is only read, was written to.
   */
  async check(kernel: Kernel, binding: Binding): Promise<Uint32Array | undefined> {
    const onlyRead = binding.access === "read";
    // WebGPU refuses shaders that write to what is bound for reading.
    if (onlyRead && this.#backend.name === "webgpu") return undefined;
    this.#shift(-this.#front);
    const after = new Uint32Array(await this.#backend.read(this.buffer));
    this.#shift(this.#front);
    const [begin, end] = [this.#front, this.#front + this.#length];
    const at = [[0, begin], ...(onlyRead ? [[begin, end]] : []), [end, after.length]]
      .map(([from, to]) => this.#firstChange(after, from, to)).find((at) => at >= 0) ?? -1;
    if (at < 0) return onlyRead ? undefined : after.subarray(begin, end);
    const value = binding.type === "f32" ? new Float32Array(after.buffer, 4 * at, 1)[0] : after[at];
    throw new RangeError(
      `Kernel "${kernel.name}" wrote ${value} to "${binding.name}"[${at - begin}]; ` +
        (at >= begin && at < end ? "it may only read it" : `it has ${this.#length} elements`),
    );
  }

  /** Gives the memory back. */
  free(): void {
    this.#shift(-this.#front);
    this.#backend.free(this.buffer);
  }

  /** The first word from `from` up to `to` that is not as it was, or -1. A plain loop: buffers are long. */
  #firstChange(after: Uint32Array, from: number, to: number): number {
    const before = this.#before;
    for (let i = from; i < to; i++) if (after[i] !== before[i]) return i;
    return -1;
  }

  /** Moves the address that a WASM kernel is given. */
  #shift(words: number): void {
    if (words === 0) return;
    assert(this.buffer instanceof WasmBuffer);
    this.buffer.address += 4 * words;
  }
}
