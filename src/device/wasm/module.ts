/**
 * Instances of the WebAssembly module: its exports and its memory, nothing else. Only numbers and
 * pointers cross the boundary, so the generated glue is not needed.
 *
 * @module
 */
import { mayWait } from "../../runtime/machine.ts";
import type * as Generated from "../../../wasm/pkg/filigree_bg.wasm.d.ts";
import { loadWasm } from "./loader.js";
import type { PartName, WasmBuild } from "./parts.ts";

/**
 * The functions of `wasm/src`, by the names they have there; those of a part are there once it is {@linkcode WasmModule.link}ed.
 * Addresses may come back negative: use {@linkcode address}.
 */
export type WasmExports = Omit<typeof Generated, "memory">;

/** An instance of the module. Made by {@linkcode openModule}. */
export class WasmModule {
  /** The compiled module without its parts, for workers that share the memory. */
  readonly source: WebAssembly.Module;
  /** Which build it is. */
  readonly build: WasmBuild;
  /** Its functions, and those of its parts. */
  readonly exports: WasmExports;
  /** Its memory; `memory.buffer` is replaced whenever it grows. */
  readonly memory: WebAssembly.Memory;

  readonly #rest: WebAssembly.Exports;
  readonly #parts = new Set<PartName>();

  /** Puts together what belongs together; use {@linkcode openModule}. */
  constructor(
    { source, build, rest, memory }: Pick<WasmModule, "source" | "build" | "memory"> & {
      readonly rest: WebAssembly.Exports;
    },
  ) {
    this.source = source;
    this.build = build;
    this.exports = { ...rest } as unknown as typeof Generated;
    this.memory = memory;
    this.#rest = rest;
  }

  /** Whether a part is there. */
  has(part: PartName): boolean {
    return this.#parts.has(part);
  }

  /** Puts a part where the kernels and functions that it has are called. */
  link(part: PartName, source: WebAssembly.Module): void {
    const given = { ...this.#rest, memory: this.memory };
    const { exports } = new WebAssembly.Instance(source, moduleImports(source, given));
    Object.assign(this.exports, exports);
    this.#parts.add(part);
  }

  /** Bytes taken by {@linkcode alloc} and not given back. */
  get allocatedBytes(): number {
    return address(this.exports.allocated());
  }

  /** What the last panic in the module said; empty where there was none. */
  get panicMessage(): string {
    return this.text(this.exports.panic_message(), this.exports.panic_message_length());
  }

  /** A text in the memory. */
  text(at: number, bytes: number): string {
    // A copy, because a decoder takes no shared memory.
    return new TextDecoder().decode(new Uint8Array(this.memory.buffer, address(at), bytes).slice());
  }

  /**
   * Takes memory aligned to 64 bytes and returns its address.
   *
   * @param bytes How many; an address of 0 bytes must not be used.
   * @param label What they are for; appears in the error.
   * @param zeroed Whether it is filled with 0; if not, it holds anything.
   * @throws {RangeError} if they are not to be had.
   */
  alloc(bytes: number, label = "host data", zeroed = true): number {
    const at = bytes > MOST_BYTES ? 0 : address(this.exports.alloc(bytes));
    if (at === 0) {
      throw new RangeError(
        `Cannot allocate "${label}": ${bytes} bytes are not to be had beside the ${this.allocatedBytes} in use; ` +
          `all buffers together have to fit into ${MOST_BYTES} bytes, one buffer into half of them`,
      );
    }
    // By the engine: the plain build has no instruction that fills memory.
    if (zeroed) new Uint8Array(this.memory.buffer, at, bytes).fill(0);
    return at;
  }

  /** Gives back what {@linkcode alloc} returned for the same number of bytes. */
  dealloc(at: number, bytes: number): void {
    this.exports.dealloc(at, bytes);
  }
}

/** Bytes of a WebAssembly page. */
const PAGE = 65536;

/** Pages of a shared memory at first (its static data and the first stack need fewer). */
const FIRST_PAGES = 32;

/** Pages that 32-bit addresses reach; the relaxed build is linked for as many. */
const MOST_PAGES = 65536;

/** Bytes that 32-bit addresses reach; one buffer gets half of them at most. */
export const MOST_BYTES = PAGE * MOST_PAGES;

/**
 * Makes a new instance with memory of its own. Rewiring uses the plain build on every backend.
 *
 * @param parts Parts that are there from the begin.
 * @throws {RangeError} if the relaxed build's 4 GiB of address space are not to be had.
 * @example
 * ```ts
 * import { openModule } from "./module.ts";
 *
 * const module = await openModule();
 * const at = module.alloc(64);
 * console.assert(new Float32Array(module.memory.buffer, at, 16).every((value) => value === 0));
 * module.dealloc(at, 64);
 * ```
 */
export async function openModule(
  build: WasmBuild = "plain",
  parts: readonly PartName[] = [],
): Promise<WasmModule> {
  const [source, ...others] = await Promise.all([
    loadWasm(build, "rest"),
    ...parts.map((part) => loadWasm(build, part)),
  ]);
  const given = build === "plain" ? {} : {
    memory: new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: MOST_PAGES, shared: true }),
  };
  const { exports: rest } = new WebAssembly.Instance(source, moduleImports(source, given));
  const { __wbindgen_start: begin, memory } = { ...rest, ...given } as unknown as typeof Generated;
  begin();
  const module = new WasmModule({ source, build, rest, memory });
  for (const [i, part] of parts.entries()) module.link(part, others[i]);
  return module;
}

/** An address or a size as the module returns it (a signed 32-bit integer) as what it means. */
export function address(value: number): number {
  return value >>> 0;
}

/** Whether this thread of this runtime can run the relaxed build with so many threads; otherwise why not. */
export function relaxedSupport(threads: number): true | string {
  if (typeof SharedArrayBuffer === "undefined") {
    return "shared memory is missing (a page must be cross-origin isolated)";
  }
  if (threads > 1 && !mayWait()) {
    return "the main thread of a page may not wait for others (a worker may)";
  }
  return WebAssembly.validate(RELAXED_PROBE) || "the runtime has no relaxed SIMD";
}

/**
 * What a module asks for: what is given under the same name, a function of `Math`, which draws alone, or a hook that prepares a table
 * for JavaScript objects, of which none ever crosses.
 */
function moduleImports(
  source: WebAssembly.Module,
  given: Readonly<Record<string, unknown>>,
): WebAssembly.Imports {
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const { module, name, kind } of WebAssembly.Module.imports(source)) {
    (imports[module] ??= {})[name] = kind !== "function"
      ? given[name] as WebAssembly.ImportValue
      : module === "math"
      ? Math[name as "log" | "sin" | "cos"]
      : () => {};
  }
  return imports;
}

/** `(func (param v128 v128 v128) (result v128) ... f32x4.relaxed_madd)`, as bytes. */
// deno-fmt-ignore
const RELAXED_PROBE = Uint8Array.of(
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic, version
  0x01, 0x08, 0x01, 0x60, 0x03, 0x7b, 0x7b, 0x7b, 0x01, 0x7b, // type
  0x03, 0x02, 0x01, 0x00, // function
  0x0a, 0x0d, 0x01, 0x0b, 0x00, // code: one body without locals
  0x20, 0x00, 0x20, 0x01, 0x20, 0x02, 0xfd, 0x85, 0x02, 0x0b, // local.get 0 1 2, relaxed_madd, end
);
