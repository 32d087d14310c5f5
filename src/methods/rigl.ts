/**
 * RigL (Evci et al., "Rigging the lottery: making all tickets winners", ICML 2020): drop the
 * smallest weights of a layer, grow where the gradient is largest.
 *
 * Blocks, single connections among them, grow anywhere in the layer, as published. Under a constant fan-in the refill is
 * by list and in an N:M pattern by segment: each grows as many inputs as it lost. Everything
 * that is not kept may grow, a just dropped connection too; then it resumes with its value and its
 * moments, as in the authors' code, or restarts at 0. No noise is added to break ties: they go to
 * the lower row, then input.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import type { MethodDefinition } from "./definition.ts";
import { exchange, GradientScores, type Regrown, usualCandidates } from "./exchange.ts";
import type { Method } from "./method.ts";
import { rewireSchedule, SCHEDULE_OPTIONS, scheduled, type ScheduleOptions } from "./schedule.ts";

/** Options of {@linkcode rigl}. */
export interface RiglOptions extends ScheduleOptions {
  /** What becomes of a unit that is dropped and grown again at once. Default "resume". */
  readonly regrown?: Regrown;
}

/**
 * Drop by magnitude, grow by gradient.
 *
 * @throws {RangeError} if an option is out of its range.
 * @example
 * ```ts
 * import { rigl } from "@filigree/filigree";
 *
 * const method = rigl({ every: 100, fraction: 0.3 }); // for a Trainer
 * console.assert(method.every === 100 && method.growth === "gradient");
 * ```
 */
export function rigl(options: RiglOptions = {}): Method {
  const { regrown = "resume" } = options;
  return {
    name: "rigl",
    settings: { regrown },
    growth: "gradient",
    ...rewireSchedule(options),
    candidates: usualCandidates,
    async rewire(layer, { rewirer, fraction }) {
      const scores = new GradientScores(layer);
      using work = rewirer.open(layer);
      const exchanged = exchange(work, fraction);
      const first = usualCandidates(layer.pattern, fraction);
      return work.finish(exchanged.kept, await scores.grow(work, exchanged, first, regrown));
    },
  };
}

/** RigL by name. */
export const definition: MethodDefinition = define({
  name: "rigl",
  description: "Drop the smallest weights, grow where the gradient is largest",
  rank: 2,
  options: SCHEDULE_OPTIONS,
  make: (values) => rigl(scheduled(values)),
});
