/**
 * One process by itself, where a program is written for several.
 *
 * @module
 */
import type { Parallel } from "./parallel.ts";

/**
 * One process by itself.
 *
 * @example
 * ```ts
 * import { single } from "@filigree/filigree/parallel";
 *
 * const parallel = single();
 * const values = Float32Array.of(1, 2);
 * parallel.allReduce(values);
 * console.assert(parallel.size === 1 && values[1] === 2);
 * ```
 */
export function single(): Parallel {
  return {
    ...{ engine: "one process", rank: 0, size: 1, traffic: { bytes: 0, seconds: 0 } },
    allReduce() {},
    broadcast() {},
    barrier() {},
    close() {},
    abort: (code) => Deno.exit(code),
  };
}
