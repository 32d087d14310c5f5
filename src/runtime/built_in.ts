/**
 * Modules that are built into a runtime. They are asked for by name and never imported: a page could not carry that out.
 *
 * @module
 */

/** What of `process` is needed; Deno, Node and Bun have it, pages have not. */
interface Process {
  readonly platform: string;
  readonly versions: Readonly<Record<string, string | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  getBuiltinModule?(name: string): unknown;
}

/** The process that the program is; undefined in a page and its workers. */
export function ownProcess(): Process | undefined {
  return (globalThis as { process?: Process }).process;
}

/**
 * A built-in module of this runtime, as what of it is needed; undefined in a page.
 *
 * @example
 * ```ts
 * import { builtIn } from "./built_in.ts";
 *
 * const os = builtIn<{ availableParallelism(): number }>("node:os");
 * console.assert(os === undefined || os.availableParallelism() >= 1);
 * ```
 */
export function builtIn<T>(name: `node:${string}`): T | undefined {
  return ownProcess()?.getBuiltinModule?.(name) as T | undefined;
}
