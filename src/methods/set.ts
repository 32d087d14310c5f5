/**
 * SET, sparse evolutionary training (Mocanu et al., Nature Communications 2018): drop the smallest
 * weights of a layer, grow at random.
 *
 * As later codes do it: magnitude decides whatever the sign (the original drops a share of the
 * positive and one of the negative weights), and new weights start at 0. Blocks, single connections
 * among them, grow anywhere in the layer, as published. Under a constant fan-in the refill is by list and
 * in an N:M pattern by segment: each draws as many inputs as it lost. All that is not kept may be drawn,
 * so that a just dropped unit may come back, at 0.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import type { MethodDefinition } from "./definition.ts";
import { exchange } from "./exchange.ts";
import type { Method } from "./method.ts";
import { rewireSchedule, SCHEDULE_OPTIONS, type ScheduleOptions } from "./schedule.ts";

/**
 * Drop by magnitude, grow at random.
 *
 * @example
 * ```ts
 * import { set } from "@filigree/filigree";
 *
 * // The original's schedule: the same share to the end.
 * const method = set({ every: 500, fraction: 0.3, until: 1, decay: "constant" });
 * console.assert(method.growth === "random");
 * ```
 * @throws {RangeError} if an option is out of its range.
 */
export function set(options: ScheduleOptions = {}): Method {
  return {
    name: "set",
    growth: "random",
    ...rewireSchedule(options),
    candidates: () => 0,
    // Async so that an error of a selection becomes a rejection like that of any other method.
    // deno-lint-ignore require-await
    async rewire(layer, { rewirer, seed, step, layer: stream, fraction }) {
      using work = rewirer.open(layer);
      const { kept, missing } = exchange(work, fraction);
      return work.finish(kept, work.draw(kept, missing, { seed, step, stream }));
    },
  };
}

/** SET by name. */
export const definition: MethodDefinition = define({
  name: "set",
  description: "Drop the smallest weights, grow at random",
  rank: 3,
  options: SCHEDULE_OPTIONS,
  make: set,
});
