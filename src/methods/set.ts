/**
 * SET, sparse evolutionary training (Mocanu et al., Nature Communications 2018): drop the smallest
 * weights of a layer, grow at random.
 *
 * As later codes do it: magnitude decides whatever the sign (the original drops a share of the
 * positive and one of the negative weights), and new weights start at 0. Blocks, single connections
 * among them, grow anywhere in the layer, as published. Under a constant fan-in the refill is by list and
 * in an N:M pattern by segment: each draws as many inputs as it lost. All that is not kept may be drawn,
 * so that a just dropped unit may come back. Where inputs are drawn with replacement, any may be drawn, those that are kept too.
 *
 * What is dropped is a share of the layer, or all that is below a threshold, as in Spartex (Ullah et al., NeurIPS 2024) and
 * HASTE (2026): then what is equal to it stays, what is exactly 0 goes, and how many go depends on the weights. Of a group slot
 * or a block its mean magnitude is compared, so that one threshold suits all of them, or its largest where the pattern scores by
 * that.
 *
 * New weights start at 0, as in Spartex and HASTE; or with `grown: "inherited"` at the small values of those in whose places
 * they grow, as in the code before these (xmc-aalto/ecml23-sparse), which changes the input that a slot reads and nothing else.
 * What moments begin with is the optimizer's option `fresh`: 0 there, inherited in Spartex and HASTE.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import { NORM } from "../ops/kernels/constants.ts";
import { normOf } from "../sparse/geometry.ts";
import type { Grown } from "../sparse/rewiring.ts";
import type { MethodDefinition } from "./definition.ts";
import { exchange, exchangeBelow } from "./exchange.ts";
import type { Method } from "./method.ts";
import {
  requireOption,
  rewireSchedule,
  SCHEDULE_OPTIONS,
  scheduled,
  type ScheduleOptions,
  thresholdSchedule,
} from "./schedule.ts";

/** Options of {@linkcode set}. */
export interface SetOptions extends ScheduleOptions {
  /**
   * Magnitude below which weights are dropped at first, above 0: in the place of `fraction`. It falls to 1e-4 as `decay` says.
   * Of units of several connections their mean is compared, or their largest where the pattern's score is that.
   */
  readonly threshold?: number;
  /** What the values of new connections begin with. Default "zero". */
  readonly grown?: Grown;
}

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
 *
 * // That of Spartex: all that is below 0.01 in the beginning, 0.0001 at the end.
 * const below = set({ every: 300, threshold: 0.01, until: 0.66 });
 * console.assert(below.threshold?.(0, 1000) === 0.01);
 * ```
 * @throws {RangeError} if an option is out of its range, or `fraction` is given beside `threshold`.
 */
export function set({ threshold, grown = "zero", ...options }: SetOptions = {}): Method {
  const { fraction: share } = options;
  if (threshold !== undefined && share !== undefined) {
    requireOption("fraction", share, false, "none beside threshold");
  }
  if (!GROWN.includes(grown)) {
    throw new RangeError(
      `Cannot make a method: grown is ${JSON.stringify(grown)}; expected ${GROWN.join(" or ")}`,
    );
  }
  const schedule = threshold === undefined
    ? rewireSchedule(options)
    : thresholdSchedule({ ...options, threshold });
  return {
    name: "set",
    ...(grown === "zero" ? {} : { settings: { grown } }),
    growth: "random",
    repeats: true,
    ...schedule,
    candidates: () => 0,
    // Async so that an error of a selection becomes a rejection like that of any other method.
    // deno-lint-ignore require-await
    async rewire(layer, { rewirer, seed, step, layer: stream, fraction, threshold }) {
      const perConnection = normOf(layer.pattern.spec) === NORM.max ? NORM.max : NORM.mean;
      using work = rewirer.open(layer, threshold === undefined ? undefined : perConnection);
      const { kept, missing } = threshold === undefined
        ? exchange(work, fraction)
        : exchangeBelow(work, threshold);
      return work.finish(kept, work.draw(kept, missing, { seed, step, stream }), grown);
    },
  };
}

const GROWN = ["zero", "inherited"] as const satisfies readonly Grown[];

/** SET by name. */
export const definition: MethodDefinition = define({
  name: "set",
  description: "Drop the smallest weights, grow at random",
  rank: 3,
  options: {
    ...SCHEDULE_OPTIONS,
    threshold: {
      type: "number",
      above: 0,
      description:
        "Magnitude below which SET drops at first, down to 1e-4 at the end; in the place of `fraction`",
      flag: "--threshold",
    },
    grown: {
      type: "choice",
      choices: GROWN,
      description:
        "What SET's new connections begin with: 0 (`zero`, the default), or the value of the one that was dropped for them (`inherited`)",
      flag: "--grown",
    },
  },
  make: (values) => set(scheduled(values)),
});
