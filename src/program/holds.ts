/**
 * Holds: outputs of programs that nothing may overwrite as long as somebody needs them, and that other programs of the device
 * take as inputs without a copy.
 *
 * @module
 */
import type { BufferView, DeviceBuffer } from "../device/backend.ts";
import type { Shape, Tensor } from "./trace.ts";

/** What is held on one device. */
export class Holds {
  readonly #held = new Map<DeviceBuffer, Set<HeldOutput>>();

  /**
   * Holds what a tensor lies in.
   *
   * @param take Keeps the memory from being given back, and gives the function that undoes that.
   */
  add({ shape, type, elements }: HeldShape, view: BufferView, take: () => () => void): HeldOutput {
    const { buffer } = view;
    const all = this.#held.get(buffer) ?? new Set();
    const giveBack = take();
    const letGo = (): void => {
      all.delete(held);
      if (all.size === 0) this.#held.delete(buffer);
      giveBack();
    };
    const again = (other: HeldShape, part: BufferView): HeldOutput => this.add(other, part, take);
    const held = new HeldOutput({ shape, type, elements }, { view, holds: this, letGo, again });
    this.#held.set(buffer, all.add(held));
    return held;
  }

  /** Whether anything is held at all. */
  get any(): boolean {
    return this.#held.size > 0;
  }

  /**
   * Refuses to do something to memory that is held.
   *
   * @param action What is about to be done, for the error: "run the program".
   */
  requireFree(buffers: Iterable<DeviceBuffer>, action: string): void {
    if (this.#held.size === 0) return;
    for (const buffer of buffers) {
      const [held] = this.#held.get(buffer) ?? [];
      if (held === undefined) continue;
      throw new Error(
        `Cannot ${action}: it would overwrite an output of shape [${held.shape}] that is held; ` +
          "expected that to be let go before (dispose of what hold() gave), or another program of the same function",
      );
    }
  }
}

/** What a held output says of itself. */
export type HeldShape = Pick<Tensor, "shape" | "type" | "elements">;

/** How an output is held. */
export interface HeldMemory {
  /** Where it lies. */
  readonly view: BufferView;
  /** All that is held on the device. */
  readonly holds: Holds;
  /** Lets it go. */
  letGo(): void;
  /** Holds the same memory as another tensor. */
  again(other: HeldShape, view: BufferView): HeldOutput;
}

/**
 * An output of a program as it is now. Until it is let go nothing overwrites it: its program cannot run again, and no other
 * one that would change it. Other programs of the device take it as an input, in the place of an array and without a copy.
 * Made by {@linkcode Program.hold}.
 *
 * @example
 * ```ts
 * import { createDevice, matrix, relu } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using first = await device.compile([matrix(2, 32)], (x) => relu(x));
 * using second = await device.compile([matrix(2, 32)], (x) => relu(x));
 * first.run([new Float32Array(64).fill(3)]);
 * using held = first.hold(0);
 * second.run([held]);
 * console.assert((await second.floats(0))[0] === 3);
 * ```
 */
export class HeldOutput {
  /** Shape of the output. */
  readonly shape: Shape;
  /** Type of an element. */
  readonly type: "f32" | "u32";
  /** Elements in memory, padding included. */
  readonly elements: number;
  /** Where it lies. */
  readonly view: BufferView;
  readonly #memory: HeldMemory;
  #isHeld = true;

  /** Used by {@linkcode Program.hold} only. */
  constructor({ shape, type, elements }: HeldShape, memory: HeldMemory) {
    this.shape = shape;
    this.type = type;
    this.elements = elements;
    this.view = memory.view;
    this.#memory = memory;
  }

  /** Whether it is still held. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Whether it is of a device with these holds. */
  isOf(holds: Holds): boolean {
    return this.#memory.holds === holds;
  }

  /** Holds the same memory, or a part of it, as another tensor. */
  again(tensor: HeldShape, view: BufferView = this.view): HeldOutput {
    return this.#memory.again(tensor, view);
  }

  /** Lets it go; letting go twice is once. */
  dispose(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#memory.letGo();
  }

  /** Same as {@linkcode dispose}. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
