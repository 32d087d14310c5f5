/**
 * SRigL (Lasby et al., "Dynamic sparse training with structured sparsity", ICLR 2024): RigL under a
 * constant fan-in, with ablation of neurons that have too few salient weights. Where groups of rows
 * share their inputs, "row" below means a group: it is ablated as a whole. N:M patterns go without
 * ablation, since none of their rows may be empty.
 *
 * At a rewiring `K = floor(units * fraction)` units are to be replaced. A row with too few
 * salient positions is emptied and its budget shared by the others, whose fan-in becomes
 * `floor(budget / rows left)`; which rows are empty is decided afresh every time, so a row comes back
 * when its gradients are large enough. Then the largest weights of the live rows survive and every row
 * grows by gradient to the new fan-in, at 0.
 *
 * Weights that are exactly 0 have learnt nothing: where they are more than `K`, all of them are dropped,
 * as in the authors' code. Where that code cuts an over-full row by the order of a mask, here its largest
 * weights survive; where it fills up with arbitrary inactive positions when ablation leaves too few active
 * ones, here growth by gradient fills up.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import type { MethodDefinition } from "./definition.ts";
import { mayEmpty } from "../sparse/cells.ts";
import type { LayerRewiring } from "../sparse/rewiring.ts";
import { constraintOf, isDense } from "../sparse/lookup.ts";
import { GradientScores, usualCandidates } from "./exchange.ts";
import { requirePattern } from "./check.ts";
import type { LayerState, Method, PatternRefusal } from "./method.ts";
import {
  requireOption,
  rewireSchedule,
  SCHEDULE_OPTIONS,
  scheduled,
  type ScheduleOptions,
} from "./schedule.ts";

/** Which positions of a layer are salient, `units = K + survivors`. */
export type Salience =
  /**
   * The paper's wording: the top `K` weights or the top `K` gradients. Their number falls with the
   * share replaced while the threshold stays: below about `gammaSal / 2` even a layer of equal rows
   * loses most of them. For a constant share, or to repeat what was written.
   */
  | "paper"
  /** The authors' code: the top `survivors` weights or the top `K` gradients. */
  | "code"
  /** The library sparsimony: the top `survivors` weights or the top `survivors` gradients. */
  | "sparsimony";

/** Options of {@linkcode srigl}. */
export interface SriglOptions extends ScheduleOptions {
  /** Whether neurons may be ablated. Default true. */
  readonly ablation?: boolean;
  /** Salient share of a row's fan-in below which it is ablated; from 1 on a count. Default 0.3. */
  readonly gammaSal?: number;
  /** What is salient. Default "code". */
  readonly salience?: Salience;
}

/** Numbers of a rewiring. */
interface Counts {
  /** Units to replace. */
  readonly replaced: number;
  /** Units to keep. */
  readonly survivors: number;
}

/**
 * Drop by magnitude, grow by gradient, ablate neurons without salient weights.
 *
 * @throws {RangeError} if an option is out of its range.
 * @example
 * ```ts
 * import { srigl } from "@filigree/filigree";
 *
 * const method = srigl({ every: 100, gammaSal: 0.5 }); // for a Trainer
 * console.assert(method.every === 100 && method.growth === "gradient");
 * ```
 */
export function srigl(options: SriglOptions = {}): Method {
  const { ablation = true, gammaSal = 0.3, salience = "code" } = options;
  requireOption("gammaSal", gammaSal, gammaSal >= 0, "a share or a count, at least 0");
  return {
    name: "srigl",
    settings: { ablation, gammaSal, salience },
    growth: "gradient",
    ...rewireSchedule(options),
    candidates: usualCandidates,
    refuses: NO_FAN_IN,
    async rewire(layer, { rewirer, fraction }) {
      const { name, pattern, mayAblate } = layer;
      requirePattern({ name: "srigl", refuses: NO_FAN_IN }, pattern.spec, name);
      const scores = new GradientScores(layer);
      using work = rewirer.open(layer);
      const wanted = work.units - Math.floor(work.units * fraction);
      const survivors = Math.min(wanted, work.nonZero);
      const counts = { replaced: work.units - survivors, survivors };
      const live = ablation && mayAblate && mayEmpty(pattern)
        ? await liveRows(work, scores, layer, { gammaSal, salience }, counts)
        : new Uint32Array(pattern.lists).fill(1);
      const quota = work.quota(live);
      const kept = work.keep(survivors, quota);
      const exchanged = { kept, missing: work.missing(kept, quota) };
      return work.finish(kept, await scores.grow(work, exchanged, 1, "restart"));
    },
  };
}

/** Patterns of whose rows none can be emptied for the others. */
const NO_FAN_IN: PatternRefusal = {
  of: (spec) => constraintOf(spec).refill === "anywhere",
  why: "whose rows have no common fan-in",
  takes: "fan-in, group-N or N:M",
};

/** For each row, 1 if it has enough salient positions, else 0. */
async function liveRows(
  work: LayerRewiring,
  scores: GradientScores,
  { pattern }: LayerState,
  { gammaSal, salience }: Required<Pick<SriglOptions, "gammaSal" | "salience">>,
  { replaced, survivors }: Counts,
): Promise<Uint32Array<ArrayBuffer>> {
  const { lists, entries, budget } = pattern;
  const k = Math.floor(budget / lists);
  const threshold = gammaSal >= 1 ? gammaSal : Math.max(1, Math.floor(gammaSal * k));
  const mean = Math.max(1, Math.floor(work.units / lists));
  const isFew = (count: number): boolean =>
    salience === "sparsimony" ? count / mean < gammaSal : count < threshold;

  const weights = work.largest(work.slots(), salience === "paper" ? replaced : survivors);
  // Gradients only ever add to a row's count: where the weights suffice, none need be fetched.
  if (!work.countCells(weights).some(isFew)) return new Uint32Array(lists).fill(1);
  const gradients = salience === "sparsimony" ? survivors : replaced;
  const first = Math.min(entries, k + 4);
  const { pool, chosen } = await scores.largest(work, work.slots(), gradients, first);
  const salient = pool.countUnion(weights, chosen);
  // Fewer rows than this, all inputs taken, could not hold the budget.
  const least = Math.floor(budget / entries);
  const guard = least < lists ? salient.toSorted((a, b) => b - a)[least] : 0;
  return Uint32Array.from(salient, (count) => Number(!(isFew(count) && count < guard)));
}

/** SRigL by name. */
export const definition: MethodDefinition = {
  ...define({
    name: "srigl",
    description: "RigL under a constant fan-in, with ablation of neurons without salient weights",
    rank: 1,
    options: {
      ...SCHEDULE_OPTIONS,
      gammaSal: {
        type: "number",
        least: 0,
        description:
          "Salient share of the fan-in below which SRigL ablates a neuron; 0.3 by default",
        flag: "--gamma-sal",
        needs: { ablation: true },
      },
      salience: {
        type: "choice",
        choices: ["paper", "code", "sparsimony"],
        description: "What SRigL calls salient; `code` by default",
        flag: "--salience",
        needs: { ablation: true },
      },
      ablation: {
        type: "boolean",
        description: "Whether SRigL may ablate neurons; true by default",
        flag: "--no-ablation",
        flagDescription: "SRigL ablates no neurons; by default it may",
      },
    },
    make: (values) => srigl(scheduled(values)),
  }),
  idle: (spec) =>
    isDense(spec) || constraintOf(spec).mayEmpty ? undefined : {
      options: ["gammaSal", "salience", "ablation"],
      why: "of which no row may be empty",
    },
};
