/**
 * The WASM backend: buffers are pieces of linear memory, an executable is a list of commands in it,
 * and a run is one call of the module, whatever the number of commands.
 *
 * @module
 */
import {
  allocationBytes,
  type Backend,
  type BackendInfo,
  type BufferView,
  type DeviceBuffer,
  deviceBytes,
  type Executable,
  type KernelCall,
  type KernelCallShape,
} from "../backend.ts";
import { checkPart } from "../call.ts";
import { DeviceLostError } from "../errors.ts";
import { NONE_REPLACED, type Replacements, replaceViews } from "../replace.ts";
import {
  encodeProgram,
  kernelNumbers,
  programWords,
  SCRATCH_WORD,
  scratchStride,
  splitProgram,
  VIEW_TILE,
} from "./commands.ts";
import { chooseBuild, type WasmOptions } from "./choose_build.ts";
import type { Crew } from "./crew.ts";
import { liveExecutable, WasmBuffer, WasmExecutable } from "./memory.ts";
import { MOST_BYTES, openModule, relaxedSupport, type WasmModule } from "./module.ts";
import { loadWasm } from "./loader.js";
import { missingParts, type PartName, type WasmBuild } from "./parts.ts";

export type { WasmOptions } from "./choose_build.ts";

/** See the module comment. Made by {@linkcode openWasm}. */
export class WasmBackend implements Backend {
  /** Which backend this is. */
  readonly name = "wasm";
  /** What it is. */
  readonly info: BackendInfo;
  /** Views begin at multiples of this many bytes. */
  readonly alignment = VIEW_TILE;
  readonly #kernels: ReadonlyMap<string, number>;
  #module: WasmModule | undefined;
  #crew: Crew | undefined;
  #lost: string | undefined;
  /** Over the whole memory; remade when that has grown. */
  #view: Uint8Array<ArrayBufferLike> = new Uint8Array(0);
  /** Number of buffers freed so far. */
  #freed = 0;

  /** Takes over a module and its workers; use {@linkcode openWasm}. */
  constructor(module: WasmModule, crew: Crew | undefined, info: BackendInfo) {
    this.#module = module;
    this.#crew = crew;
    this.info = info;
    this.#kernels = kernelNumbers(module);
  }

  /** Bytes of all live buffers and executables, as the allocator in the module counts them. */
  get allocatedBytes(): number {
    return this.#module?.allocatedBytes ?? 0;
  }

  /** Takes zeroed memory. */
  allocate(bytes: number, label: string): DeviceBuffer {
    return new WasmBuffer(this.#open("allocate"), allocationBytes(bytes, label), label);
  }

  /** Gives memory back. */
  free(buffer: DeviceBuffer): void {
    this.#buffer(buffer, "free").free();
    this.#freed++;
  }

  /** Copies host bytes in. */
  write(buffer: DeviceBuffer, data: ArrayBufferView, byteOffset = 0): void {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const address = this.#address(buffer, byteOffset, bytes.length, "write");
    this.#bytes().set(bytes, address);
  }

  /** Copies bytes out; nothing has to be waited for. */
  read(
    buffer: DeviceBuffer,
    byteOffset = 0,
    bytes: number = buffer.bytes - byteOffset,
  ): Promise<ArrayBuffer> {
    // A promise that rejects, as on a backend that has to wait.
    return new Promise((resolve) => {
      const address = this.#address(buffer, byteOffset, bytes, "read");
      const copy = new Uint8Array(bytes);
      copy.set(this.#bytes().subarray(address, address + bytes));
      resolve(copy.buffer);
    });
  }

  /** Bytes of the command list and of the threads' scratch memory. */
  executableBytes(calls: readonly KernelCallShape[]): number {
    return deviceBytes(4 * programWords(calls)) + this.#scratchBytes(calls);
  }

  /** Writes the list into linear memory. Parts of the module that it needs are loaded first. */
  async compile(calls: readonly KernelCall[]): Promise<Executable> {
    const missing = this.#missing(calls);
    if (missing.length > 0) await this.#load(missing);
    return this.#compile(calls);
  }

  /** Runs the list and returns when it is done. */
  run(executable: Executable, replaced: Replacements = NONE_REPLACED): void {
    const { program } = this.#runnable(executable, replaced, "run");
    this.#execute(program.address);
  }

  /** Runs the list a command at a time, between looks at the clock; each time includes waking the other threads. */
  async measure(
    executable: Executable,
    replaced: Replacements = NONE_REPLACED,
  ): Promise<readonly number[]> {
    const { program } = this.#runnable(executable, replaced, "measure");
    const commands = splitProgram(new Uint32Array(await this.read(program)));
    const bytes = commands.reduce((most, { byteLength }) => Math.max(most, byteLength), 0);
    const single = new WasmBuffer(this.#open("measure"), deviceBytes(bytes), "measured command");
    try {
      return commands.map((words) => {
        this.write(single, words);
        const start = performance.now();
        this.#execute(single.address);
        return (performance.now() - start) / 1000;
      });
    } finally {
      single.free();
    }
  }

  /** Gives the list and its scratch memory back. */
  release(executable: Executable): void {
    this.#open("release");
    const { program, scratch } = liveExecutable(executable, "release");
    program.free();
    scratch?.free();
  }

  /** Everything is always carried out. */
  settled(): Promise<void> {
    return Promise.resolve();
  }

  /** Ends the threads and lets the memory go. Closing twice is closing once. */
  close(): void {
    this.#crew?.stop();
    this.#crew = undefined;
    this.#module = undefined;
    this.#view = new Uint8Array(0);
    this.#lost ??= "it was closed";
  }

  /** The executable with the words for what is replaced in its list, if it and all its buffers are alive. */
  #runnable(executable: Executable, replaced: Replacements, action: string): WasmExecutable {
    this.#open(action);
    const own = liveExecutable(executable, action);
    if (own.checked !== this.#freed) {
      for (const buffer of own.buffers) this.#buffer(buffer, `${action} with`);
      own.checked = this.#freed;
    }
    const words = replaced.size === 0
      ? own.words
      : own.replaced.of(replaced, () => this.#wordsOf(own, replaced));
    for (const { buffer } of replaced.values()) this.#buffer(buffer, `${action} with`);
    if (words !== own.written) {
      this.write(own.program, words);
      own.written = words;
    }
    return own;
  }

  /** The words of an executable for other views in the place of buffers. */
  #wordsOf({ calls, words }: WasmExecutable, replaced: Replacements): Uint32Array {
    const addressOf = ({ buffer, offset }: BufferView): number =>
      this.#buffer(buffer, "run with").address + offset;
    const given = replaceViews(calls, replaced);
    const made = encodeProgram(given, this.#kernels, addressOf, scratchStride(calls));
    made[SCRATCH_WORD] = words[SCRATCH_WORD];
    return made;
  }

  /** Has every thread carry out the program at an address. */
  #execute(program: number): void {
    const module = this.#open("run");
    let done: number;
    try {
      done = module.exports.run(program, this.info.threads);
    } catch (cause) {
      module.exports.fail();
      this.#lose(module, "a kernel failed", cause);
    }
    if (done !== 1) this.#lose(module, "a kernel failed on another thread");
  }

  /** Loads parts for all threads. */
  async #load(parts: readonly PartName[]): Promise<void> {
    const { build } = this.#open("compile");
    const sources = await Promise.all(parts.map((part) => loadWasm(build, part)));
    // What another compilation has brought meanwhile is not brought again.
    const module = this.#open("compile");
    const fresh = [...parts.entries()].filter(([, part]) => !module.has(part));
    if (fresh.length === 0) return;
    if (this.#crew?.link(fresh.map(([i]) => sources[i])) === false) {
      this.#lose(module, "a thread failed");
    }
    for (const [i, part] of fresh) module.link(part, sources[i]);
  }

  /** The parts with the kernels of calls that are not there yet. */
  #missing(calls: readonly KernelCall[]): PartName[] {
    const module = this.#open("compile");
    return missingParts(calls.map(({ kernel }) => kernel.name), (part) => module.has(part));
  }

  #compile(calls: readonly KernelCall[]): WasmExecutable {
    const module = this.#open("compile");
    const buffers = new Set<WasmBuffer>();
    const addressOf = ({ buffer, offset }: BufferView): number => {
      const own = this.#buffer(buffer, "compile with");
      buffers.add(own);
      return own.address + offset;
    };
    // The words come first, so that a wrong call is refused before anything is taken.
    const stride = scratchStride(calls);
    const words = encodeProgram(calls, this.#kernels, addressOf, stride);
    const program = new WasmBuffer(module, deviceBytes(words.byteLength), "command list");
    let scratch: WasmBuffer | undefined;
    try {
      const bytes = this.#scratchBytes(calls);
      if (bytes > 0) scratch = new WasmBuffer(module, bytes, "scratch memory");
    } catch (error) {
      program.free();
      throw error;
    }
    words[SCRATCH_WORD] = scratch?.address ?? 0;
    this.write(program, words);
    return new WasmExecutable(calls, words, program, scratch, buffers);
  }

  #scratchBytes(calls: readonly KernelCallShape[]): number {
    return scratchStride(calls) * this.info.threads;
  }

  /** The whole memory as bytes. */
  #bytes(): Uint8Array<ArrayBufferLike> {
    const { buffer } = this.#open("use memory").memory;
    if (this.#view.buffer !== buffer) this.#view = new Uint8Array(buffer);
    return this.#view;
  }

  /** The buffer as what it is here, unless it was freed or is another backend's. */
  #buffer(buffer: DeviceBuffer, action: string): WasmBuffer {
    const module = this.#open(action);
    if (!(buffer instanceof WasmBuffer) || buffer.module !== module) {
      throw new TypeError(
        `Cannot ${action} buffer "${buffer.label}": it belongs to another backend; expected a buffer of this one`,
      );
    }
    if (buffer.address === 0) {
      throw new ReferenceError(
        `Cannot ${action} buffer "${buffer.label}": it was freed; expected a live buffer`,
      );
    }
    return buffer;
  }

  /** Where a part of a buffer lies. */
  #address(buffer: DeviceBuffer, byteOffset: number, bytes: number, action: string): number {
    const own = this.#buffer(buffer, action);
    checkPart(own, byteOffset, bytes, action);
    return own.address + byteOffset;
  }

  #open(action: string): WasmModule {
    if (this.#module === undefined || this.#lost !== undefined) {
      throw new DeviceLostError(
        `Cannot ${action} on the WASM backend: ${this.#lost}; open a new one`,
      );
    }
    return this.#module;
  }

  #lose(module: WasmModule, why: string, cause?: unknown): never {
    this.#lost = why;
    const said = module.panicMessage || (cause instanceof Error ? cause.message : "");
    throw new DeviceLostError(
      `Cannot run the program: ${why}${said && ` (${said})`}; ` +
        `the memory may be damaged, open a new backend`,
      { cause },
    );
  }
}

/**
 * Opens the WASM backend. Where the relaxed build cannot run, the plain build takes its place with
 * one thread, and `info.details.fallback` says why.
 *
 * @throws {RangeError} if `threads` is not a positive integer, or more than 1 for the plain build.
 * @example
 * ```ts
 * import { openWasm } from "./backend.ts";
 *
 * const backend = await openWasm({ threads: 2 });
 * const buffer = backend.allocate(16, "four numbers");
 * backend.write(buffer, Float32Array.of(1, 2, 3, 4));
 * console.assert(new Float32Array(await backend.read(buffer))[3] === 4);
 * backend.close();
 * ```
 */
export async function openWasm(options: WasmOptions = {}): Promise<WasmBackend> {
  const { build, threads } = chooseBuild(options);
  if (build === "plain") return describe(await openModule(), undefined, { build });
  const opened = await openRelaxed(threads, options.worker);
  if (typeof opened === "string") {
    return describe(await openModule(), undefined, { build: "plain", fallback: opened });
  }
  return describe(opened.module, opened.crew, { build });
}

/** The relaxed build with its threads, or why it cannot run here. */
async function openRelaxed(
  threads: number,
  worker: string | URL | undefined,
): Promise<{ readonly module: WasmModule; readonly crew: Crew | undefined } | string> {
  const support = relaxedSupport(threads);
  if (support !== true) return support;
  try {
    const module = await openModule("relaxed");
    if (threads === 1) return { module, crew: undefined };
    const crew = await startCrew(module, threads, worker);
    return typeof crew === "string" ? crew : { module, crew };
  } catch (error) {
    if (error instanceof RangeError) return `shared memory is not to be had (${error.message})`;
    throw error;
  }
}

/** Starts threads by what those alone load who have several; or says what stands in the way. */
async function startCrew(
  module: WasmModule,
  threads: number,
  worker: string | URL | undefined,
): Promise<Crew | string> {
  const { Crew, WorkerPolicyError } = await import("./crew.ts");
  try {
    return await Crew.start(module, threads, worker);
  } catch (error) {
    if (error instanceof WorkerPolicyError) return error.obstacle;
    throw error;
  }
}

function describe(
  module: WasmModule,
  crew: Crew | undefined,
  details: { readonly build: WasmBuild; readonly fallback?: string },
): WasmBackend {
  const threads = crew?.threads ?? 1;
  const simd = details.build === "relaxed" ? "relaxed SIMD" : "SIMD";
  const description = `WASM ${simd}, ${threads === 1 ? "1 thread" : `${threads} threads`}`;
  const capacity = { total: MOST_BYTES, buffer: MOST_BYTES / 2 };
  return new WasmBackend(module, crew, { description, threads, details, capacity });
}
