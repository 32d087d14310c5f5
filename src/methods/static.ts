/**
 * Static sparsity: the first pattern stays. What every dynamic method has to beat.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import type { MethodDefinition } from "./definition.ts";
import type { Method } from "./method.ts";

/**
 * A method that never changes a pattern.
 *
 * @example
 * ```ts
 * import { staticPattern } from "@filigree/filigree";
 *
 * console.assert(staticPattern().every === Infinity);
 * ```
 */
export function staticPattern(): Method {
  return {
    name: "static",
    every: Infinity,
    growth: "none",
    repeats: true,
    fraction: () => 0,
    candidates: () => 0,
    // Async so that an error becomes a rejection like that of any other method.
    // deno-lint-ignore require-await
    async rewire(layer, { rewirer }) {
      using work = rewirer.open(layer);
      return work.finish(work.slots(), work.nothing());
    },
  };
}

/** Static sparsity by name. */
export const definition: MethodDefinition = define({
  name: "static",
  description: "The first pattern stays",
  rank: 4,
  options: {},
  make: staticPattern,
});
