/**
 * Static sparsity: the first pattern stays. What every dynamic method has to beat.
 *
 * @module
 */
import type { Method } from "./method.ts";

/** A method that never changes a pattern. */
export function staticPattern(): Method {
  return {
    name: "static",
    every: Infinity,
    growth: "none",
    fraction: () => 0,
    candidates: () => 0,
    rewire(layer, { rewirer }) {
      using work = rewirer.open(layer);
      const kept = work.slots();
      return Promise.resolve(work.finish(kept, work.nothing()));
    },
  };
}
