/**
 * Top-KAST (Jayakumar, Pascanu, Rae, Osindero and Elsen, "Top-KAST: top-k always sparse training", NeurIPS 2020): the forward
 * reads a set A of the connections, a larger set B of them has gradients, both the largest by magnitude, so that connections
 * outside of A may grow until they are read. A penalty on the magnitude, on what is in B and not in A `1 / D` times as large,
 * with the density D of A, lets those that do not grow make room for others. Late in the run the sets stay as they are.
 *
 * Here a weight stores B and nothing else (the storage `subset`): the density of a pattern is that of B, `forward` is the share
 * of its units that are A. At a rewiring A is chosen anew, the largest units of B, exactly so many, ties to the lower slot.
 *
 * What differs from the paper and its code, which keep a dense weight beside the sets:
 * - B cannot be the largest of all weights, for nothing is known of a weight that is not stored. Instead the share `fraction` of B
 *   with the smallest magnitudes, never a unit of A, is dropped, and as many units are drawn that did not exist before, or grown
 *   by gradient; they begin at 0. A weight that leaves B is forgotten, where the code keeps its value.
 * - What is in B and not in A therefore begins at 0, not at a random value.
 * - The penalty is decoupled from the gradient, as a decay (`learning rate * exploration * w`, the L2 of the paper); the rate is
 *   that of the optimizer's first group.
 * - Refinement (from `until` on) freezes A and B. What is stored and not in A is no longer read by anything; it keeps its memory
 *   and its share in the norm of the gradient, because lists of equal length cannot shrink.
 * - Sets are refreshed every `every` steps (in the paper's experiments every 100, too), not at every step.
 *
 * The forward multiplies with the values of all of B, of which those outside of A are 0: it costs what B costs.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import { subsetDecay } from "../ops/kernels/subset_decay.ts";
import type { RewiredLayer } from "../sparse/rewiring.ts";
import type { Rewirer } from "../sparse/rewirer.ts";
import type { MethodDefinition } from "./definition.ts";
import { exchangeElsewhere, GradientScores, usualCandidates } from "./exchange.ts";
import { GROWTH_OPTION } from "./dynsparse.ts";
import type { Method } from "./method.ts";
import {
  requireOption,
  rewireSchedule,
  SCHEDULE_OPTIONS,
  scheduled,
  type ScheduleOptions,
} from "./schedule.ts";

/** Options of {@linkcode topkast}. */
export interface TopkastOptions extends ScheduleOptions {
  /** Share of the stored units that the forward reads, above 0 and at most 1. Default 0.5. */
  readonly forward?: number;
  /** Strength of the penalty, at least 0. Default 1e-4. */
  readonly exploration?: number;
  /** What new units are chosen by. Default "random". */
  readonly growth?: "random" | "gradient";
}

/**
 * Read the largest of what is trained; drop the smallest of the rest, draw others. Its weights have the storage `"subset"`.
 *
 * @throws {RangeError} if an option is out of its range.
 * @example
 * ```ts
 * import { block, nn, topkast } from "@filigree/filigree";
 *
 * // Stores and trains a fifth of the connections, of which the forward reads the half.
 * const layer = nn.linear(64, 64, { pattern: block(16, { density: 0.2 }), storage: "subset" });
 * const method = topkast({ every: 100, forward: 0.5 }); // for a Trainer
 * console.assert(method.storage === "subset" && layer.weights[0].sparse?.storage === "subset");
 * ```
 */
export function topkast(options: TopkastOptions = {}): Method {
  const { forward = 0.5, exploration = 1e-4, growth = "random", ...schedule } = options;
  requireOption("forward", forward, forward > 0 && forward <= 1, "a share above 0, at most 1");
  requireOption("exploration", exploration, exploration >= 0, "at least 0");
  const read = (units: number): number => Math.max(1, Math.floor(forward * units));
  const choose = (layer: RewiredLayer, rewirer: Rewirer): Uint32Array => {
    using work = rewirer.open(layer);
    return work.words(work.largest(work.slots(), read(work.units)));
  };
  return {
    name: "topkast",
    settings: { forward, exploration, growth },
    storage: "subset",
    growth,
    ...rewireSchedule(schedule),
    candidates: growth === "random" ? () => 0 : usualCandidates,
    choose,
    afterUpdate({ trace, weight: { values, places, geometry } }) {
      if (exploration === 0 || places === undefined) return;
      const { budget, lists, entries } = geometry;
      const density = read(budget) / (lists * entries);
      trace.emit(
        subsetDecay,
        [trace.resource(values), trace.resource(places), trace.step],
        { length: values.length, inside: exploration, outside: exploration / density },
      );
    },
    async rewire(layer, { rewirer, seed, step, layer: stream, fraction }) {
      const scores = growth === "random" ? undefined : new GradientScores(layer);
      using work = rewirer.open(layer);
      const outside = 1 - read(work.units) / Math.max(1, work.units);
      const share = Math.min(fraction, outside);
      const exchanged = exchangeElsewhere(work, share);
      const { kept, missing } = exchanged;
      const first = usualCandidates(layer.pattern, share);
      const grown = scores === undefined
        ? work.draw(work.slots(), missing, { seed, step, stream })
        : await scores.grow(work, exchanged, first, "elsewhere");
      const result = work.finish(kept, grown);
      const { pattern, values } = result;
      return {
        ...result,
        chosen: choose({ name: layer.name, pattern, values, moments: [] }, rewirer),
      };
    },
  };
}

/** Top-KAST by name. */
export const definition: MethodDefinition = define({
  name: "topkast",
  description: "Train more connections than are read, the largest; draw others for the smallest",
  rank: 4,
  options: {
    ...SCHEDULE_OPTIONS,
    growth: GROWTH_OPTION,
    forward: {
      type: "number",
      above: 0,
      most: 1,
      description: "Share of the stored connections that Top-KAST reads; 0.5 by default",
      flag: "--forward",
    },
    exploration: {
      type: "number",
      least: 0,
      description:
        "Decay of the connections under Top-KAST, divided by the density of what is read for those that are not; 1e-4 by default",
      flag: "--exploration",
    },
  },
  make: (values) => topkast(scheduled(values)),
});
