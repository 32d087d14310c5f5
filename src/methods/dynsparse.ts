/**
 * DynSparse (Dietrich, Gressmann, Orr, Chelombiev, Justus and Luschi, "Towards structured dynamic sparse pre-training of
 * BERT", 2022): drop the units of a weight with the smallest norm, allocate as many elsewhere in it, at random.
 *
 * As published: the share that is replaced falls by a cosine from 0.5 at the beginning to 0 at the end of the run, blocks move
 * anywhere in their matrix, their L1 norm decides, what grows is drawn with equal chances from the positions that were inactive
 * before (a unit that was just dropped is not among them), and values and moments of new units are 0. The paper's number of
 * segments n is `updates`: 160 for single connections and 80 for blocks of 16 at a sparsity of 0.9.
 *
 * Beyond the paper: under a constant fan-in the exchange is by list and in an N:M pattern by segment, where no list or segment
 * drops more units than it has inactive ones. Growth by gradient is the paper's comparison, "rigl" there; it takes one batch
 * without an update, and compares gradients by the norm of the pattern. The share of the units is rounded down
 * (Graphcore's code rounds it up before the schedule's factor).
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import type { Option } from "../definitions/option.ts";
import { NORM } from "../ops/kernels/constants.ts";
import { areaOf } from "../sparse/geometry.ts";
import { constraintOf, isDense } from "../sparse/lookup.ts";
import type { MethodDefinition } from "./definition.ts";
import { exchangeElsewhere, GradientScores, usualCandidates } from "./exchange.ts";
import type { Method } from "./method.ts";
import { rewireSchedule, SCHEDULE_OPTIONS, scheduled, type ScheduleOptions } from "./schedule.ts";

/** What scores the weights of a unit. */
export type UnitNorm = "l1" | "l2" | "linf";

/** Options of {@linkcode dynsparse}. */
export interface DynsparseOptions extends ScheduleOptions {
  /** Share of the units replaced at first. Default 0.5. */
  readonly fraction?: number;
  /** Share of the training after which patterns stay as they are. Default 1. */
  readonly until?: number;
  /** What scores the weights of a unit; of single connections all are the same. Default "l1". */
  readonly norm?: UnitNorm;
  /** What new units are chosen by. Default "random". */
  readonly growth?: "random" | "gradient";
}

const NORMS: Readonly<Record<UnitNorm, number>> = { l1: NORM.l1, l2: NORM.l2, linf: NORM.max };

/** The share that is replaced at first, and when that ends. */
const USUAL = { fraction: 0.5, until: 1 };

/**
 * Drop by the norm of units, allocate elsewhere at random or by gradient.
 *
 * @throws {RangeError} if an option is out of its range.
 * @example
 * ```ts
 * import { dynsparse } from "@filigree/filigree";
 *
 * // Blocks of 16 at a sparsity of 0.9: 79 updates, between 80 equal parts of the run.
 * const method = dynsparse({ updates: 80, norm: "l1" });
 * console.assert(method.fraction(0, 8000) === 0.5 && method.fraction(50, 8000) === 0);
 * ```
 */
export function dynsparse(options: DynsparseOptions = {}): Method {
  const { norm = "l1", growth = "random", ...schedule } = options;
  return {
    name: "dynsparse",
    settings: { norm, growth },
    growth,
    ...rewireSchedule({ ...USUAL, ...schedule }),
    candidates: growth === "random" ? () => 0 : usualCandidates,
    async rewire(layer, { rewirer, seed, step, layer: stream, fraction }) {
      const scores = growth === "random" ? undefined : new GradientScores(layer);
      using work = rewirer.open(layer, NORMS[norm]);
      const exchanged = exchangeElsewhere(work, fraction);
      const { kept, missing } = exchanged;
      if (scores === undefined) {
        return work.finish(kept, work.draw(work.slots(), missing, { seed, step, stream }));
      }
      const first = usualCandidates(layer.pattern, fraction);
      return work.finish(kept, await scores.grow(work, exchanged, first, "elsewhere"));
    },
  };
}

/** What methods grow by that can do either, as people choose it. */
export const GROWTH_OPTION = {
  type: "choice",
  choices: ["random", "gradient"],
  description: "What DynSparse and Top-KAST grow by; `random` by default",
  flag: "--growth",
} as const satisfies Option;

/** DynSparse by name. */
export const definition: MethodDefinition = {
  ...define({
    name: "dynsparse",
    description: "Drop the units with the smallest norm, allocate as many elsewhere",
    rank: 4,
    options: {
      ...SCHEDULE_OPTIONS,
      norm: {
        type: "choice",
        choices: ["l1", "l2", "linf"],
        description: "The norm that DynSparse drops blocks and group slots by; `l1` by default",
        flag: "--norm",
      },
      growth: GROWTH_OPTION,
    },
    make: (values) => dynsparse(scheduled(values)),
  }),
  usual: USUAL,
  idle: (spec) =>
    isDense(spec) || areaOf(constraintOf(spec).unit) > 1
      ? undefined
      : { options: ["norm"], why: "whose units are single connections" },
};
