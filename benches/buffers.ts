/**
 * Small help for benches that call kernels themselves.
 *
 * @module
 */
export { runsFor } from "../src/crossover/timing.ts";
import type { Backend, DeviceBuffer, Executable, KernelCall } from "../src/device/backend.ts";
import type { Kernel } from "../src/device/kernel.ts";
import { STEP_BYTES, STEP_WORDS } from "../src/device/step_block.ts";

/** Named buffers on a backend, and programs over them. */
export class Bench {
  /** The backend. */
  readonly backend: Backend;
  readonly #buffers = new Map<string, DeviceBuffer>();
  readonly #executables: Executable[] = [];

  /** Starts without a buffer. */
  constructor(backend: Backend) {
    this.backend = backend;
  }

  /** A buffer with content, or of a number of elements that hold NaN until somebody writes them. */
  put(name: string, content: Float32Array | Uint32Array | number): void {
    const data = typeof content === "number" ? new Float32Array(content).fill(NaN) : content;
    const buffer = this.backend.allocate(data.byteLength, name);
    this.backend.write(buffer, data);
    this.#buffers.set(name, buffer);
  }

  /** The step block of a first step. */
  putStep(columns: number, learningRate: number): void {
    const u32 = new Uint32Array(STEP_BYTES / 4);
    const f32 = new Float32Array(u32.buffer);
    u32[STEP_WORDS.examples] = columns;
    f32[STEP_WORDS.learningRate] = learningRate;
    f32[STEP_WORDS.biasCorrection1] = 0.1;
    f32[STEP_WORDS.biasCorrection2] = 0.001;
    this.put("step", u32);
  }

  /** A kernel call over named buffers. */
  call(kernel: Kernel, names: readonly string[], params: Record<string, number>): KernelCall {
    const buffers = names.map((name) => {
      const buffer = this.#buffers.get(name);
      if (buffer === undefined) throw new ReferenceError(`Cannot bind "${name}": no such buffer`);
      return buffer;
    });
    return { kernel, buffers, params };
  }

  /** Compiles calls; the result runs them `times` times and waits for the end. */
  async program(calls: readonly KernelCall[]): Promise<(times: number) => Promise<void>> {
    const executable = await this.backend.compile(calls);
    this.#executables.push(executable);
    return async (times) => {
      for (let i = 0; i < times; i++) this.backend.run(executable);
      await this.backend.settled();
    };
  }

  /** Copies a buffer of floats to the host. */
  async read(name: string): Promise<Float32Array> {
    const buffer = this.#buffers.get(name);
    if (buffer === undefined) throw new ReferenceError(`Cannot read "${name}": no such buffer`);
    return new Float32Array(await this.backend.read(buffer));
  }

  /** Gives everything back. */
  release(): void {
    for (const executable of this.#executables) this.backend.release(executable);
    for (const buffer of this.#buffers.values()) this.backend.free(buffer);
  }
}
