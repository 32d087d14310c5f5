/**
 * The device contract: where memory lies and kernels run. A backend knows buffers and lists of
 * kernel calls; it knows nothing of tensors, layers, gradients or patterns.
 *
 * Calls are executed in the order in which they are made. `read`, `settled` and `measure` are the only places
 * that wait; an error of an earlier call that the backend learns of late is thrown there.
 *
 * @module
 */
import type { Kernel, Params } from "./kernel.ts";
import type { Replacements } from "./replace.ts";

/** The names of the backends. */
export type BackendName = "webgpu" | "wasm";

/** A part of a buffer, as a kernel call is given it. Made by {@linkcode viewOf}. */
export interface BufferView {
  /** The buffer. */
  readonly buffer: DeviceBuffer;
  /** Where the part begins, in bytes: a multiple of {@linkcode Backend.alignment}. */
  readonly offset: number;
  /** Its bytes. */
  readonly bytes: number;
}

/** A piece of device memory, and the view of all of it. Made by {@linkcode Backend.allocate}. */
export interface DeviceBuffer extends BufferView {
  /** Bytes taken on the device (a multiple of 16). */
  readonly bytes: number;
  /** What it holds; appears in errors. */
  readonly label: string;
}

/** One kernel call of a program. */
export interface KernelCall {
  /** The kernel. */
  readonly kernel: Kernel;
  /**
   * One view per binding, in the kernel's order. No two of them overlap where one is written, and of a buffer that is
   * written no other part is read by the same call: WebGPU keeps account of whole buffers.
   */
  readonly buffers: readonly BufferView[];
  /** A value for each of the kernel's parameters. */
  readonly params: Params;
}

/** A compiled list of kernel calls. Made by {@linkcode Backend.compile}. */
export interface Executable {
  /** Number of kernel calls. */
  readonly length: number;
  /** Bytes of device memory that the executable itself holds: scratch and command list. */
  readonly bytes: number;
}

/** What a backend says of itself. */
export interface BackendInfo {
  /** For people: adapter name, or the WASM build and its threads. */
  readonly description: string;
  /** Threads that share a kernel (1 on WebGPU: the driver decides). */
  readonly threads: number;
  /** Features and limits worth printing. */
  readonly details: Readonly<Record<string, string | number | boolean>>;
  /** What it can hold, as far as that is known before anything is allocated. */
  readonly capacity?: Capacity;
}

/** Bytes that a backend can hold. */
export interface Capacity {
  /** All buffers together; unknown if absent. */
  readonly total?: number;
  /** The largest buffer. */
  readonly buffer: number;
}

/** Where a program runs. */
export interface Backend {
  /** Which backend this is. */
  readonly name: BackendName;
  /** What it is. */
  readonly info: BackendInfo;
  /** Views begin at multiples of this many bytes; itself a multiple of 16. */
  readonly alignment: number;
  /** Bytes of all live buffers and executables, as the allocator counts them. */
  readonly allocatedBytes: number;
  /**
   * Takes zeroed memory of {@linkcode deviceBytes}`(bytes)`.
   *
   * @throws {RangeError} if the memory is not to be had, or `bytes` is not a whole number from 0.
   */
  allocate(bytes: number, label: string): DeviceBuffer;
  /** Gives a buffer back. No executable that uses it may run afterwards. */
  free(buffer: DeviceBuffer): void;
  /** Copies host bytes into a buffer; `byteOffset` and the length are multiples of 4. No bytes are no work for the device. */
  write(buffer: DeviceBuffer, data: ArrayBufferView, byteOffset?: number): void;
  /** Copies bytes out, after everything submitted before. Offset and length are multiples of 4. */
  read(buffer: DeviceBuffer, byteOffset?: number, bytes?: number): Promise<ArrayBuffer>;
  /** Bytes that {@linkcode Executable.bytes} will be, without compiling; for plans. */
  executableBytes(calls: readonly KernelCallShape[]): number;
  /**
   * Prepares a list of kernel calls to be run any number of times.
   *
   * @throws {KernelCompileError} if a shader is refused.
   */
  compile(calls: readonly KernelCall[]): Promise<Executable>;
  /**
   * Runs the list once. Returns at once where the device works on its own.
   *
   * @param replaced Views that take the place of buffers of its calls, without a copy.
   * @throws {TypeError} if a call writes what is replaced.
   */
  run(executable: Executable, replaced?: Replacements): void;
  /**
   * Runs the list once, one call after the other, and measures each: with timestamps on WebGPU, with the clock on WASM. For
   * profiles; slower than {@linkcode Backend.run}.
   *
   * @returns Seconds of each call, in order.
   * @throws {TypeError} if the device cannot measure.
   */
  measure(executable: Executable, replaced?: Replacements): Promise<readonly number[]>;
  /** Gives an executable back. */
  release(executable: Executable): void;
  /** Waits until everything submitted has been carried out. */
  settled(): Promise<void>;
  /** Ends the backend and its threads, and frees all it holds. */
  close(): void;
}

/** A kernel call before any buffer exists. */
export interface KernelCallShape {
  /** The kernel. */
  readonly kernel: Kernel;
  /** A value for each of the kernel's parameters. */
  readonly params: Params;
}

/** A part of a buffer: `bytes` from `offset` on, all the others by default. */
export function viewOf(
  buffer: DeviceBuffer,
  offset = 0,
  bytes: number = buffer.bytes - offset,
): BufferView {
  return { buffer, offset, bytes };
}

/** What an allocation of `bytes` takes on every backend: a multiple of 16, at least 16. */
export function deviceBytes(bytes: number): number {
  return Math.max(16, Math.ceil(bytes / 16) * 16);
}

/**
 * What {@linkcode Backend.allocate} takes for `bytes`.
 *
 * @throws {RangeError} if that is not a whole number from 0: drivers do not survive every other size.
 */
export function allocationBytes(bytes: number, label: string): number {
  if (!Number.isSafeInteger(bytes) || bytes < 0) {
    throw new RangeError(
      `Cannot allocate ${bytes} bytes for "${label}": that is no size; expected an integer from 0`,
    );
  }
  return deviceBytes(bytes);
}
