/**
 * The device as users see it: a backend together with the resources that live on it and the
 * programs compiled for it.
 *
 * @module
 */
import type {
  Backend,
  BackendName,
  BufferView,
  DeviceBuffer,
  Executable,
} from "../device/backend.ts";
import { openBackend } from "../device/choose.ts";
import { DeviceLostError } from "../device/errors.ts";
import type { Kernel } from "../device/kernel.ts";
import { Placement, type PlaceOptions, withOwners } from "./placement.ts";
import { type Bytes, countWork, inputSlots, type Plan, planBytes, Workspace } from "./plan.ts";
import { type HeldOutput, Holds } from "./holds.ts";
import { cutAtHost } from "./host_calls.ts";
import { bindCalls, type Gate } from "./memory.ts";
import {
  type InputSpec,
  Program,
  type Traced,
  type TracedProgram,
  type TraceOptions,
  traceProgram,
} from "./program.ts";
import type { Resource, ResourceData } from "./resource.ts";
import type { Tensor } from "./trace.ts";

/** Options of {@linkcode createDevice}. */
export interface DeviceOptions {
  /** Which backend to take: `auto` is WebGPU on a hardware adapter, else WASM. */
  readonly prefer?: "auto" | BackendName;
  /** Threads of the WASM backend; by default the machine's cores. */
  readonly threads?: number;
  /**
   * The build of the WASM backend: `plain` has one thread, `relaxed` fuses multiplications and additions, which gives other
   * bits. By default `plain` for one thread and `relaxed` for more.
   */
  readonly build?: "plain" | "relaxed";
  /**
   * Where the file of a thread of the WASM backend lies, for a page whose policy forbids workers of `blob:` URLs; by default
   * they are made of a text. Other places than pages need none.
   */
  readonly worker?: string | URL;
  /** Seed of the parameters' first values. */
  readonly seed?: number;
}

/** Options of {@linkcode Device.compile}. */
export type CompileOptions = TraceOptions & PlaceOptions;

/** Where programs run and parameters live. Made by {@linkcode createDevice}. */
export class Device {
  /** The backend below. */
  readonly backend: Backend;
  /** Why this backend was taken. */
  readonly reason: string;
  /** Seed of the parameters' first values. */
  readonly seed: number;
  readonly #record: Kernel;
  readonly #placement: Placement;
  readonly #workspace: Workspace<DeviceBuffer>;
  /** How many live programs use a buffer of the workspace. */
  readonly #users = new Map<DeviceBuffer, number>();
  readonly #gate: Gate = { busy: undefined };
  readonly #holds = new Holds();
  #closed = false;

  /** Wraps a backend; most users call {@linkcode createDevice}. `record` is the kernel that writes rings. */
  constructor(backend: Backend, reason: string, seed: number, record: Kernel) {
    this.backend = backend;
    this.reason = reason;
    this.seed = seed;
    this.#record = record;
    this.#placement = new Placement(backend, seed);
    this.#workspace = new Workspace(
      (bytes, category) => backend.allocate(bytes, category),
      (buffer) => backend.free(buffer),
    );
  }

  /** Which backend it is. */
  get name(): BackendName {
    return this.backend.name;
  }

  /** Device bytes taken now, as the allocator counts them. */
  get allocatedBytes(): number {
    return this.backend.allocatedBytes;
  }

  /** Traces a function over tensors without allocating anything. */
  trace(
    specs: readonly InputSpec[],
    body: (...inputs: Tensor[]) => Traced,
    options: TraceOptions = {},
  ): TracedProgram {
    const { alignment } = this.backend;
    return traceProgram(specs, body, this.#record, { ...options, alignment });
  }

  /** What programs that live on this device together will take and do. */
  plan(programs: readonly TracedProgram[]): Plan {
    const bytes: Bytes = planBytes(programs, (calls) => this.backend.executableBytes(calls));
    return { bytes, ...countWork(programs.flatMap((p) => p.calls)) };
  }

  /**
   * Traces a function over tensors and compiles it. Parameters that it meets for the first time
   * get their memory and first values. If that fails, everything that was taken is given back.
   *
   * @param specs Shapes and types of the function's inputs.
   * @param body An ordinary function over tensors, called once.
   * @param options The seed of first values, if it is not the device's, and whether inputs are trusted.
   * @example
   * ```ts
   * import { createDevice, crossEntropy, labels, matrix, nn, sgd } from "@filigree/filigree";
   *
   * const device = await createDevice({ prefer: "wasm", threads: 1 });
   * const model = nn.linear(4, 3);
   * const optimizer = sgd({ learningRate: 0.1 });
   * const step = await device.compile([matrix(4, 32), labels(32)], (x, y) =>
   *   optimizer.update(crossEntropy(model(x), y)));
   * step.run([new Float32Array(4 * 32).fill(1), new Uint32Array(32)]);
   * const [losses] = await step.scalars();
   * console.assert(losses.length === 1 && losses[0] > 0);
   * device.close();
   * ```
   */
  async compile(
    specs: readonly InputSpec[],
    body: (...inputs: Tensor[]) => Traced,
    options: CompileOptions = {},
  ): Promise<Program> {
    return await this.prepare(this.trace(specs, body, options), options);
  }

  /** Compiles what {@linkcode trace} gave, as {@linkcode compile} does. */
  async prepare(traced: TracedProgram, options: PlaceOptions = {}): Promise<Program> {
    const resources = withOwners(traced.resources);
    const { order = withOwners(traced.trace.resources) } = options;
    // Counted first, so that no other program takes them along while this one is compiled.
    this.#placement.count(resources, 1);
    let buffers: DeviceBuffer[] = [];
    const executables: Executable[] = [];
    const release = (): void =>
      this.#release({ resources, buffers, rings: traced.rings, executables });
    try {
      await this.#placement.place(resources, { ...options, order });
      buffers = this.#workspace.assign([...inputSlots(traced), ...traced.slots]);
      this.#count(buffers, 1);
      const inputs = traced.inputElements.length;
      const memory = {
        resource: (resource: Resource): DeviceBuffer => this.#placement.bufferOf(resource),
        inputs: buffers.slice(0, inputs),
        slots: buffers.slice(inputs),
        gate: this.#gate,
        holds: this.#holds,
        hold: (tensor: Tensor, view: BufferView): HeldOutput => this.#hold(tensor, view),
        release,
      };
      for (const { calls } of cutAtHost(bindCalls(traced, memory))) {
        executables.push(await this.backend.compile(calls));
      }
      this.#placement.keep(resources);
      return new Program(this.backend, traced, memory, executables);
    } catch (error) {
      release();
      throw error;
    }
  }

  /**
   * Gives resources their memory and first values, those that have none yet. If that fails, what was taken is given back.
   *
   * @param options The seed of the first values, if it is not the device's. A model that is placed as a whole begins as
   * in a `Trainer` of the same seed.
   * @example
   * ```ts
   * import { createDevice, nn } from "@filigree/filigree";
   *
   * using device = await createDevice({ prefer: "wasm", threads: 1 });
   * const model = nn.linear(4, 3);
   * await device.place(model.parameters, { seed: 7 });
   * console.assert((await device.readFloats(model.parameters[0])).length === 12);
   * ```
   */
  async place(resources: readonly Resource[], options: PlaceOptions = {}): Promise<void> {
    const all = withOwners(resources);
    this.#placement.count(all, 1);
    try {
      await this.#placement.place(all, options);
      this.#placement.keep(all);
    } finally {
      this.#placement.count(all, -1);
      this.#yield(() => this.#placement.forsake(all));
    }
  }

  /** Whether a resource has memory on this device. */
  has(resource: Resource): boolean {
    return this.#placement.has(resource);
  }

  /** Copies a resource to the host. */
  async read(resource: Resource): Promise<ResourceData> {
    const buffer = this.#placement.bufferOf(resource);
    const bytes = await this.backend.read(buffer, beginOf(resource), resource.bytes);
    return resource.type === "f32" ? new Float32Array(bytes) : new Uint32Array(bytes);
  }

  /**
   * Copies a resource of f32 to the host.
   *
   * @throws {TypeError} if it holds u32.
   */
  async readFloats(resource: Resource): Promise<Float32Array> {
    const data = await this.read(resource);
    if (data instanceof Float32Array) return data;
    throw new TypeError(`Cannot read "${resource.label}" as f32: it holds u32`);
  }

  /**
   * Overwrites a resource with host data of the same length.
   *
   * @throws {RangeError} if the data have another length.
   * @throws {TypeError} if they are of another type.
   */
  write(resource: Resource, data: ResourceData): void {
    if (data.length !== resource.length) {
      throw new RangeError(
        `Cannot write "${resource.label}": got ${data.length} elements; expected ${resource.length}`,
      );
    }
    if ((resource.type === "u32") !== (data instanceof Uint32Array)) {
      throw new TypeError(
        `Cannot write "${resource.label}": got a ${data.constructor.name}; expected ${resource.type}`,
      );
    }
    const buffer = this.#placement.bufferOf(resource);
    this.#holds.requireFree([buffer], `write "${resource.label}"`);
    this.backend.write(buffer, data, beginOf(resource));
  }

  /** Whether a program that was not disposed of refers to a resource. */
  uses(resource: Resource): boolean {
    return this.#placement.uses(resource);
  }

  /**
   * Gives the memory of a resource back. No program that refers to it may run afterwards. The values of a parameter are
   * gone: a program that is compiled with it later is refused, instead of starting from new values in silence.
   */
  free(resource: Resource): void {
    this.#holds.requireFree([this.#placement.bufferOf(resource)], `free "${resource.label}"`);
    this.#placement.free(resource);
  }

  /** Ends the device and frees all it holds. Closing twice is closing once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#placement.clear();
    this.backend.close();
  }

  /** Same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #count(used: readonly DeviceBuffer[], change: 1 | -1): void {
    for (const each of used) {
      const users = (this.#users.get(each) ?? 0) + change;
      if (users > 0) this.#users.set(each, users);
      else this.#users.delete(each);
    }
  }

  /** Keeps what a tensor lies in from being overwritten and given back. */
  #hold(tensor: Tensor, view: BufferView): HeldOutput {
    const { storage } = tensor.root;
    const [resources, buffers] = storage.kind === "resource"
      ? [[storage.resource], []]
      : [[], [view.buffer]];
    return this.#holds.add(tensor, view, () => {
      this.#placement.count(resources, 1);
      this.#count(buffers, 1);
      return () => this.#release({ resources, buffers });
    });
  }

  /** Gives back what a program or a hold took, as far as nobody else uses it. */
  #release({ resources, buffers, rings = [], executables = [] }: Taken): void {
    if (this.#closed) return;
    this.#placement.count(resources, -1);
    this.#count(buffers, -1);
    this.#yield(() => {
      for (const executable of executables) this.backend.release(executable);
      for (const buffer of buffers) {
        if (this.#users.has(buffer)) continue;
        this.#workspace.remove(buffer);
        this.backend.free(buffer);
      }
      this.#placement.forsake(resources);
      for (const resource of resources) {
        // What a program writes anew for every run, or reads from its rings.
        const own = resource.category === "program" || rings.includes(resource);
        if (own && this.has(resource) && !this.uses(resource)) this.free(resource);
      }
    });
  }

  /** Gives memory back; that of a lost device is gone, and there is nothing to give. */
  #yield(give: () => void): void {
    if (this.#closed) return;
    try {
      give();
    } catch (error) {
      if (!(error instanceof DeviceLostError)) throw error;
    }
  }
}

/** What somebody uses of a device. */
interface Taken {
  readonly resources: readonly Resource[];
  /** Buffers of the workspace. */
  readonly buffers: readonly DeviceBuffer[];
  /** Those of the resources that are a program's own. */
  readonly rings?: readonly Resource[];
  readonly executables?: readonly Executable[];
}

/** Where a resource begins in its buffer, in bytes. */
function beginOf({ place }: Resource): number {
  return 4 * (place?.begin ?? 0);
}

/**
 * A `[features, examples]` input of numbers.
 *
 * @example
 * ```ts
 * import { matrix } from "@filigree/filigree";
 *
 * console.assert(matrix(784, 128).shape.join() === "784,128");
 * ```
 */
export function matrix(features: number, examples: number): InputSpec {
  return { shape: [features, examples], type: "f32" };
}

/**
 * An input of a single example, for programs that answer one at a time: its activations have one column and are not
 * padded, so that products read every weight once. Such a program has no gradients.
 *
 * @example
 * ```ts
 * import { createDevice, fanIn, nn, vector } from "@filigree/filigree";
 *
 * const device = await createDevice({ prefer: "wasm", threads: 1 });
 * const layer = nn.linear(8, 3, { pattern: fanIn(4) });
 * const answer = await device.compile([vector(8)], (x) => layer(x));
 * answer.run([new Float32Array(8).fill(1)]);
 * console.assert((await answer.floats(0)).length === 3);
 * device.close();
 * ```
 */
export function vector(features: number): InputSpec {
  return { shape: [features, 1], type: "f32", single: true };
}

/**
 * An input of one class number per example.
 *
 * @example
 * ```ts
 * import { labels } from "@filigree/filigree";
 *
 * console.assert(labels(128).shape.join() === "1,128" && labels(128).type === "u32");
 * ```
 */
export function labels(examples: number): InputSpec {
  return { shape: [1, examples], type: "u32" };
}

/** Opens a backend and wraps it; `record` is the kernel that writes rings. Users call `createDevice` of `mod.ts`. */
export async function openDevice(options: DeviceOptions, record: Kernel): Promise<Device> {
  const { seed = 0, ...choice } = options;
  const { backend, reason } = await openBackend(choice);
  return new Device(backend, reason, seed, record);
}
