/**
 * The WebGPU backend: buffers are storage buffers, an executable is a list of dispatches with their
 * bind groups, and a run is a compute pass of a command buffer, which may have several (`submissions.ts`).
 *
 * What a device reports late (memory that is not there, work that it refuses) is thrown by the call
 * that caused it where that waits anyway, otherwise by the next call.
 *
 * @module
 */
import {
  allocationBytes,
  type Backend,
  type BackendInfo,
  type BufferView,
  type DeviceBuffer,
  type Executable,
  type KernelCall,
  type KernelCallShape,
} from "../backend.ts";
import { checkBindings, checkPart } from "../call.ts";
import type { Traits } from "../kernel.ts";
import { NONE_REPLACED, type Replacements, replaceViews } from "../replace.ts";
import type { OpenedDevice } from "./adapter.ts";
import { WebgpuBuffer } from "./buffer.ts";
import {
  bindSteps,
  type BoundDispatch,
  liveExecutable,
  ownExecutable,
  WebgpuExecutable,
} from "./executable.ts";
import { Failures } from "./failures.ts";
import { type Layout, layOut, uniformWords } from "./layout.ts";
import { type CompiledPipeline, Pipelines } from "./pipelines.ts";
import { Readback } from "./readback.ts";
import { Submissions } from "./submissions.ts";

/** Calls that are measured at once: a set of queries has at most 4096, two for each call. */
const MEASURED_CALLS = 2048;

/** How a {@linkcode WebgpuBackend} reads. */
export interface ReadOptions {
  /** Whether to skip the 10 ms that Deno sleeps per read, where that is safe. Default `true`. */
  readonly immediateReadback?: boolean;
}

/** See the module comment. Made by `openWebgpu` of `open.ts`. */
export class WebgpuBackend implements Backend {
  /** Which backend this is. */
  readonly name = "webgpu";
  /** What it is. */
  readonly info: BackendInfo;
  /** Views begin at multiples of this many bytes. */
  readonly alignment: number;
  /** What kernels may know of the adapter. */
  readonly traits: Traits;
  readonly #device: GPUDevice;
  readonly #failures: Failures;
  readonly #pipelines: Pipelines;
  readonly #readback: Readback;
  readonly #submissions: Submissions;
  /** Bytes of the largest buffer that can be bound whole. */
  readonly #largest: number;
  readonly #live = new Set<WebgpuBuffer | WebgpuExecutable>();
  #allocatedBytes = 0;
  /** Number of buffers freed so far. */
  #freed = 0;

  /** Takes over a device; use `openWebgpu` of `open.ts`. */
  constructor({ device, adapter, traits }: OpenedDevice, options: ReadOptions = {}) {
    const { name, software, limits, features } = adapter;
    this.#device = device;
    this.#failures = new Failures(device);
    this.#pipelines = new Pipelines(device, this.#failures);
    this.#readback = new Readback(device, options.immediateReadback ?? true);
    this.#submissions = new Submissions(device, this.#failures);
    this.#largest = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
    this.traits = traits;
    this.alignment = Math.max(16, limits.minStorageBufferOffsetAlignment);
    const readback = this.#readback.immediate ? "immediate" : "awaited";
    this.info = {
      description: name,
      threads: 1,
      details: { software, readback, ...limits, features: features.join(", ") },
      capacity: { buffer: this.#largest },
    };
  }

  /** Bytes of all live buffers and executables. Staging memory of reads is not counted. */
  get allocatedBytes(): number {
    return this.#allocatedBytes;
  }

  /** Takes zeroed memory. Memory that the driver turns out not to have is an error later. */
  allocate(bytes: number, label: string): DeviceBuffer {
    this.#failures.raise("allocate");
    const size = allocationBytes(bytes, label);
    const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
    const gpu = this.#create(size, label, STORAGE | COPY_SRC | COPY_DST);
    return this.#keep(new WebgpuBuffer(this.#device, gpu, size, label));
  }

  /** Gives memory back. */
  free(buffer: DeviceBuffer): void {
    const own = this.#buffer(buffer, "free");
    this.#submissions.submit();
    this.#drop(own);
    this.#freed++;
  }

  /** Copies host bytes in, before whatever is submitted later. */
  write(buffer: DeviceBuffer, data: ArrayBufferView, byteOffset = 0): void {
    const gpu = this.#part(buffer, byteOffset, data.byteLength, "write");
    // Sizes that are valid and pointless are not safe in every driver: none of them gets there.
    if (data.byteLength === 0) return;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.#submissions.write(gpu, byteOffset, bytes);
  }

  /** Copies bytes out, after everything submitted before. */
  async read(
    buffer: DeviceBuffer,
    byteOffset = 0,
    bytes: number = buffer.bytes - byteOffset,
  ): Promise<ArrayBuffer> {
    return await this.#read(this.#part(buffer, byteOffset, bytes, "read"), byteOffset, bytes);
  }

  /** Bytes of uniforms and scratch memory. */
  executableBytes(calls: readonly KernelCallShape[]): number {
    return layOut(calls, this.traits).bytes;
  }

  /** Compiles the kernels that are new, and binds the buffers. */
  async compile(calls: readonly KernelCall[]): Promise<Executable> {
    this.#failures.raise("compile");
    // Everything that can be refused is refused before anything is taken.
    const buffers = new Set<WebgpuBuffer>();
    for (const call of calls) {
      checkBindings(call, this.alignment);
      for (const { buffer } of call.buffers) buffers.add(this.#buffer(buffer, "compile with"));
    }
    const layout = layOut(calls, this.traits);
    const pipelines = await Promise.all(
      layout.steps.map(({ call, dispatch }) => this.#pipelines.get(calls[call].kernel, dispatch)),
    );
    this.#failures.raise("compile");
    const [executable, error] = await this.#failures.capture(() =>
      this.#assemble(calls, buffers, layout, pipelines)
    );
    try {
      if (error !== null) {
        const message = error.message.trim();
        throw new TypeError(`Cannot compile the program: ${message}`, { cause: error });
      }
      await this.#failures.settle("compile");
      return executable;
    } catch (error) {
      this.#drop(executable);
      throw error;
    }
  }

  /** Submits the list, or lets it wait for others that are short too, and returns at once. */
  run(executable: Executable, replaced: Replacements = NONE_REPLACED): void {
    this.#failures.raise("run");
    this.#submissions.run(this.#runnable(executable, replaced, "run"), replaced);
  }

  /**
   * Runs the list once with a pass per kernel call, between timestamps.
   *
   * @returns Seconds of each kernel call.
   * @throws {TypeError} if the adapter has no timestamps.
   */
  async measure(
    executable: Executable,
    replaced: Replacements = NONE_REPLACED,
  ): Promise<readonly number[]> {
    this.#failures.raise("measure");
    const own = this.#runnable(executable, replaced, "measure");
    if (!this.#device.features.has("timestamp-query")) {
      throw new TypeError(
        `Cannot measure kernels on ${this.info.description}: it has no timestamps; ` +
          `expected an adapter with the feature "timestamp-query"`,
      );
    }
    this.#submissions.submit();
    const seconds: number[] = [];
    for (let call = 0; call < own.length; call += MEASURED_CALLS) {
      const calls = Math.min(MEASURED_CALLS, own.length - call);
      seconds.push(...await this.#measureCalls(own, call, calls, replaced));
    }
    return seconds;
  }

  /** Gives uniforms and scratch memory back. */
  release(executable: Executable): void {
    const own = this.#executable(executable, "release");
    this.#submissions.submit();
    this.#drop(own);
  }

  /** Waits until everything submitted has been carried out. */
  async settled(): Promise<void> {
    this.#failures.raise("wait");
    const over = this.#submissions.await();
    try {
      await this.#device.queue.onSubmittedWorkDone();
      over();
    } catch (cause) {
      await this.#failures.blame("wait", cause);
    }
    await this.#failures.settle("wait");
  }

  /** Frees everything and ends the device. Closing twice is closing once. */
  close(): void {
    this.#failures.close();
    this.#readback.close();
    this.#submissions.close();
    for (const each of this.#live) this.#drop(each);
    this.#device.destroy();
  }

  async #read(gpu: GPUBuffer, byteOffset: number, bytes: number): Promise<ArrayBuffer> {
    const over = this.#submissions.await();
    let content: ArrayBuffer;
    try {
      content = await this.#readback.read(gpu, byteOffset, bytes);
      over();
    } catch (cause) {
      return await this.#failures.blame("read", cause);
    }
    await this.#failures.settle("read");
    return content;
  }

  /** Runs `calls` calls from number `first` on, and gives the seconds of each. */
  async #measureCalls(
    own: WebgpuExecutable,
    first: number,
    calls: number,
    replaced: Replacements,
  ): Promise<number[]> {
    const count = 2 * calls;
    const querySet = this.#device.createQuerySet({ type: "timestamp", count });
    const { QUERY_RESOLVE, COPY_SRC } = GPUBufferUsage;
    const stamps = this.#create(8 * count, "timestamps", QUERY_RESOLVE | COPY_SRC);
    try {
      this.#failures.watch(
        "validation",
        () =>
          this.#device.queue.submit([own.encodeMeasured(first, calls, querySet, stamps, replaced)]),
      );
      const times = new BigUint64Array(await this.#read(stamps, 0, 8 * count));
      return Array.from(
        { length: calls },
        (_, call) => Number(times[2 * call + 1] - times[2 * call]) / 1e9,
      );
    } finally {
      stamps.destroy();
      querySet.destroy();
    }
  }

  /** Uniforms, scratch memory and bind groups of a list of calls. */
  #assemble(
    calls: readonly KernelCall[],
    buffers: ReadonlySet<WebgpuBuffer>,
    layout: Layout,
    pipelines: readonly CompiledPipeline[],
  ): WebgpuExecutable {
    const { STORAGE, UNIFORM, COPY_DST } = GPUBufferUsage;
    const own: GPUBuffer[] = [];
    const take = (bytes: number, label: string, usage: number): GPUBuffer | undefined => {
      if (bytes === 0) return undefined;
      const buffer = this.#create(bytes, label, usage);
      own.push(buffer);
      return buffer;
    };
    try {
      const scratch = take(layout.scratchBytes, "scratch memory", STORAGE);
      const uniforms = take(layout.uniformBytes, "uniforms", UNIFORM | COPY_DST);
      if (uniforms !== undefined) {
        this.#device.queue.writeBuffer(uniforms, 0, uniformWords(layout));
      }
      const bindingOf = (view: BufferView): GPUBufferBinding => this.#binding(view);
      const bind = (replaced: Replacements): BoundDispatch[] => {
        const given = replaced.size === 0 ? calls : replaceViews(calls, replaced);
        if (given !== calls) { for (const call of given) checkBindings(call, this.alignment); }
        const memory = { scratch, uniforms, bindingOf };
        return bindSteps(this.#device, given, layout, pipelines, memory);
      };
      const parts = { length: calls.length, bind, buffers, own, bytes: layout.bytes };
      return this.#keep(new WebgpuExecutable(this.#device, parts));
    } catch (error) {
      for (const buffer of own) buffer.destroy();
      throw error;
    }
  }

  /** A zeroed buffer; what the driver has to say comes later. */
  #create(size: number, label: string, usage: number): GPUBuffer {
    const live = this.#allocatedBytes;
    const what = `Cannot allocate ${size} bytes for "${label}"`;
    if (!(size <= this.#largest)) {
      throw new RangeError(
        `${what}: ${this.info.description} binds at most ${this.#largest} bytes at once ` +
          `(${live} bytes are live); expected a smaller buffer`,
      );
    }
    return this.#failures.watch(
      "out-of-memory",
      () => this.#device.createBuffer({ label, size, usage }),
      (cause) =>
        new RangeError(
          `${what}: the GPU has no memory left, with ${live} bytes live ` +
            `(${cause.message.trim()}); expected a smaller model or batch`,
          { cause },
        ),
    );
  }

  #keep<T extends WebgpuBuffer | WebgpuExecutable>(each: T): T {
    this.#live.add(each);
    this.#allocatedBytes += each.bytes;
    return each;
  }

  #drop(each: WebgpuBuffer | WebgpuExecutable): void {
    if (this.#live.delete(each)) this.#allocatedBytes -= each.bytes;
    each.destroy();
  }

  /** The buffer as what it is here, unless it was freed or is another backend's. */
  #buffer(buffer: DeviceBuffer, action: string): WebgpuBuffer {
    if (!(buffer instanceof WebgpuBuffer) || buffer.device !== this.#device) {
      throw new TypeError(
        `Cannot ${action} buffer "${buffer.label}": it belongs to another backend; expected a buffer of this one`,
      );
    }
    this.#gpu(buffer, action);
    return buffer;
  }

  #gpu({ gpu, label }: WebgpuBuffer, action: string): GPUBuffer {
    if (gpu !== undefined) return gpu;
    this.#failures.raise(action);
    throw new ReferenceError(
      `Cannot ${action} buffer "${label}": it was freed; expected a live buffer`,
    );
  }

  /** A view as bind groups take it. */
  #binding({ buffer, offset, bytes: size }: BufferView): GPUBufferBinding {
    const own = this.#buffer(buffer, "compile with");
    return { buffer: this.#gpu(own, "compile with"), offset, size };
  }

  /** The buffer of which a part is meant. */
  #part(buffer: DeviceBuffer, byteOffset: number, bytes: number, action: string): GPUBuffer {
    this.#failures.raise(action);
    const own = this.#buffer(buffer, action);
    checkPart(own, byteOffset, bytes, action);
    return this.#gpu(own, action);
  }

  /** The executable as what it is here, unless it was released or is another backend's. */
  #executable(executable: Executable, action: string): WebgpuExecutable {
    const own = ownExecutable(executable, this.#device, action);
    if (own.released) this.#failures.raise(action);
    return liveExecutable(own, action);
  }

  /** The executable, if all its buffers are alive. */
  #runnable(executable: Executable, replaced: Replacements, action: string): WebgpuExecutable {
    const own = this.#executable(executable, action);
    if (own.checked !== this.#freed) {
      for (const buffer of own.buffers) this.#buffer(buffer, `${action} with`);
      own.checked = this.#freed;
    }
    for (const { buffer } of replaced.values()) this.#buffer(buffer, `${action} with`);
    return own;
  }
}
