/**
 * What lies in linear memory: buffers, and executables with their command list and scratch memory.
 *
 * @module
 */
import type { DeviceBuffer, Executable, KernelCall } from "../backend.ts";
import { Replaced } from "../replace.ts";
import type { WasmModule } from "./module.ts";

/** A piece of linear memory. */
export class WasmBuffer implements DeviceBuffer {
  /** Bytes taken. */
  readonly bytes: number;
  /** What it holds; appears in errors. */
  readonly label: string;
  /** Whose memory it lies in. */
  readonly module: WasmModule;
  /** As a view it begins at its own begin. */
  readonly offset = 0;
  /** Where it lies; 0 once it was freed. */
  address: number;

  /** Takes zeroed memory. */
  constructor(module: WasmModule, bytes: number, label: string) {
    this.bytes = bytes;
    this.label = label;
    this.module = module;
    this.address = module.alloc(bytes, label);
  }

  /** As a view it is one of itself. */
  get buffer(): this {
    return this;
  }

  /** Gives it back. */
  free(): void {
    this.module.dealloc(this.address, this.bytes);
    this.address = 0;
  }
}

/** A command list and its scratch memory. */
export class WasmExecutable implements Executable {
  /** The kernel calls. */
  readonly calls: readonly KernelCall[];
  /** The words of the command list as it was compiled. */
  readonly words: Uint32Array;
  /** The words for other views in the place of buffers. */
  readonly replaced = new Replaced<Uint32Array>();
  /** The words that the command list holds now. */
  written: Uint32Array;
  /** The command list; its address is 0 once it was released. */
  readonly program: WasmBuffer;
  /** Scratch memory of all threads, if a kernel has any. */
  readonly scratch: WasmBuffer | undefined;
  /** Every buffer that a command refers to. */
  readonly buffers: ReadonlySet<WasmBuffer>;
  /** The backend's count of freed buffers when `buffers` were last seen alive. */
  checked = 0;

  /** Made by the backend. */
  constructor(
    calls: readonly KernelCall[],
    words: Uint32Array,
    program: WasmBuffer,
    scratch: WasmBuffer | undefined,
    buffers: ReadonlySet<WasmBuffer>,
  ) {
    this.calls = calls;
    this.words = words;
    this.written = words;
    this.program = program;
    this.scratch = scratch;
    this.buffers = buffers;
  }

  /** Number of kernel calls. */
  get length(): number {
    return this.calls.length;
  }

  /** Bytes of the command list and of the scratch memory. */
  get bytes(): number {
    return this.program.bytes + (this.scratch?.bytes ?? 0);
  }
}

/** The executable as what it is here, unless it was released or is another backend's. */
export function liveExecutable(executable: Executable, action: string): WasmExecutable {
  if (!(executable instanceof WasmExecutable)) {
    throw new TypeError(
      `Cannot ${action} the executable: it belongs to another backend; expected one of WASM`,
    );
  }
  if (executable.program.address === 0) {
    throw new ReferenceError(
      `Cannot ${action} the executable: it was released; expected a live one`,
    );
  }
  return executable;
}
