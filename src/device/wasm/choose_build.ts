/**
 * Which build of the WebAssembly module is taken, and with how many threads.
 *
 * @module
 */
import { cores } from "../../runtime/machine.ts";
import type { WasmBuild } from "./parts.ts";

/** Options of `openWasm`. */
export interface WasmOptions {
  /** Threads that share a kernel; by default the machine's cores, 1 with the plain build. */
  readonly threads?: number;
  /** Which build to take; by default `plain` for one thread and `relaxed` for more. */
  readonly build?: WasmBuild;
  /**
   * Where the file of a thread lies, for a page whose policy forbids workers of `blob:` URLs; by default they are made of a
   * text. Other places than pages need none.
   */
  readonly worker?: string | URL;
}

/**
 * The build and the threads that options ask for.
 *
 * @throws {RangeError} if `threads` is not a positive integer, or more than 1 for the plain build.
 */
export function chooseBuild(
  { threads, build }: WasmOptions,
): { readonly build: WasmBuild; readonly threads: number } {
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1)) {
    throw new RangeError(
      `Cannot open the WASM backend: threads is ${threads}; expected a positive integer`,
    );
  }
  if (build === "plain") {
    if (threads !== undefined && threads > 1) {
      throw new RangeError(
        `Cannot open the WASM backend: the plain build has one thread, not ${threads}; ` +
          `expected 1 thread or the relaxed build`,
      );
    }
    return { build, threads: 1 };
  }
  const count = threads ?? cores();
  return { build: build ?? (count > 1 ? "relaxed" : "plain"), threads: count };
}
