/**
 * What the machine and the runtime on it are.
 *
 * @module
 */
import { builtIn, ownProcess } from "./built_in.ts";

/** Cores that a program may take, 1 where nobody says. */
export function cores(): number {
  if (typeof navigator !== "undefined" && navigator.hardwareConcurrency > 0) {
    return navigator.hardwareConcurrency;
  }
  return builtIn<{ availableParallelism(): number }>("node:os")?.availableParallelism() ?? 1;
}

/** The operating system: `linux`, `darwin`, `windows` and others; undefined in a page. */
export function operatingSystem(): string | undefined {
  const platform = ownProcess()?.platform;
  return platform === "win32" ? "windows" : platform;
}

/** The version of Deno; undefined in other runtimes. */
export function denoVersion(): string | undefined {
  return ownProcess()?.versions.deno;
}

/**
 * Whether this thread may sleep until another one wakes it: the main thread of a page may not. Needs shared memory, which
 * alone can be slept on.
 */
export function mayWait(): boolean {
  try {
    // It is not 1, so that nobody sleeps where that is allowed.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1);
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}
