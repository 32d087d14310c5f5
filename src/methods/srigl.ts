/**
 * SRigL (Lasby et al., "Dynamic sparse training with structured sparsity", ICLR 2024): RigL under a
 * constant fan-in, with ablation of neurons that have too few salient weights.
 *
 * At a rewiring `K = floor(connections * fraction)` connections are to be replaced. A row with too few
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
import { fanInOf } from "../sparse/pattern.ts";
import type { LayerRewiring } from "../sparse/rewiring.ts";
import { GradientScores, usualCandidates } from "./exchange.ts";
import type { LayerShape, LayerState, Method } from "./method.ts";
import { requireOption, rewireSchedule, type ScheduleOptions } from "./schedule.ts";

/** Which positions of a layer are salient, `connections = K + survivors`. */
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
  /** Connections to replace. */
  readonly replaced: number;
  /** Connections to keep. */
  readonly survivors: number;
}

/**
 * Drop by magnitude, grow by gradient, ablate neurons without salient weights.
 *
 * @throws {RangeError} if an option is out of its range.
 */
export function srigl(options: SriglOptions = {}): Method {
  const { ablation = true, gammaSal = 0.3, salience = "code" } = options;
  requireOption("gammaSal", gammaSal, gammaSal >= 0, "a share or a count, at least 0");
  /** A row that comes back takes all its inputs from candidates. */
  function first(layer: LayerShape, fraction: number): number {
    const k = fanInOf(layer.budget, layer.rows, layer.inputs);
    return ablation ? Math.min(layer.inputs, k + 4) : usualCandidates(layer, fraction);
  }
  return {
    name: "srigl",
    growth: "gradient",
    ...rewireSchedule(options),
    candidates: first,
    async rewire(layer, { rewirer, fraction }) {
      const { pattern, values, mayAblate } = layer;
      const { rows, inputs, budget } = pattern;
      const scores = new GradientScores(layer);
      using work = rewirer.open(layer);
      const wanted = work.connections - Math.floor(work.connections * fraction);
      const survivors = Math.min(wanted, countNonZero(values));
      const counts = { replaced: work.connections - survivors, survivors };
      const live = ablation && mayAblate
        ? await liveRows(work, scores, layer, { gammaSal, salience }, counts)
        : new Uint32Array(rows).fill(1);
      const k = fanInOf(budget, live.reduce((sum, flag) => sum + flag, 0), inputs);
      const target = live.map((flag) => flag * k);
      const kept = work.keep(survivors, target);
      const exchanged = { kept, missing: work.missing(kept, target) };
      return work.finish(kept, await scores.grow(work, exchanged, 1, "restart"));
    },
  };
}

/** For each row, 1 if it has enough salient positions, else 0. */
async function liveRows(
  work: LayerRewiring,
  scores: GradientScores,
  { pattern }: LayerState,
  { gammaSal, salience }: Required<Pick<SriglOptions, "gammaSal" | "salience">>,
  { replaced, survivors }: Counts,
): Promise<Uint32Array<ArrayBuffer>> {
  const { rows, inputs, budget } = pattern;
  const k = Math.floor(budget / rows);
  const threshold = gammaSal >= 1 ? gammaSal : Math.max(1, Math.floor(gammaSal * k));
  const mean = Math.max(1, Math.floor(work.connections / rows));
  const isFew = (count: number): boolean =>
    salience === "sparsimony" ? count / mean < gammaSal : count < threshold;

  const weights = work.largest(work.slots(), salience === "paper" ? replaced : survivors);
  // Gradients only ever add to a row's count: where the weights suffice, none need be fetched.
  if (!work.countRows(weights).some(isFew)) return new Uint32Array(rows).fill(1);
  const gradients = salience === "sparsimony" ? survivors : replaced;
  const { pool, entries } = await scores.largest(work, gradients, Math.min(inputs, k + 4));
  const salient = pool.countUnion(weights, entries);
  // Fewer rows than this, all inputs taken, could not hold the budget.
  const least = Math.floor(budget / inputs);
  const guard = least < rows ? salient.toSorted((a, b) => b - a)[least] : 0;
  return Uint32Array.from(salient, (count) => Number(!(isFew(count) && count < guard)));
}

function countNonZero(values: Float32Array): number {
  return values.reduce((count, value) => count + Number(value !== 0), 0);
}
