/**
 * What the methods share: what survives, what each cell of the pattern then lacks, and growth by gradient. A cell is a list
 * of a constant fan-in, a segment of an N:M pattern, or all of a pattern of blocks: see `src/sparse/cells.ts`.
 *
 * @module
 */
import type { BitSet } from "../sparse/arena.ts";
import { partsOf, refillsAnywhere } from "../sparse/cells.ts";
import type { Geometry } from "../sparse/geometry.ts";
import type { GrowthPool } from "../sparse/growth_pool.ts";
import { constraintOf } from "../sparse/lookup.ts";
import type { Candidates, Growth, LayerRewiring } from "../sparse/rewiring.ts";
import type { LayerState } from "./method.ts";

/** What becomes of a unit that is dropped and grown again in the same step. */
export type Regrown =
  /** It keeps its values and moments, as in RigL's code. */
  | "resume"
  /** It starts at 0 with zero moments, like any other that grows. */
  | "restart";

/** Survivors and what each cell lacks. */
export interface Exchange {
  /** Slots that survive. */
  readonly kept: BitSet;
  /** Units that each cell has to grow. */
  readonly missing: Uint32Array;
}

/**
 * Drops the share `fraction` of a layer's units, `floor(units * fraction)`, by smallest score; every
 * cell then lacks what it lost.
 */
export function exchange(work: LayerRewiring, fraction: number): Exchange {
  return exchangeDownTo(work, work.units - Math.floor(work.units * fraction));
}

/** As {@linkcode exchange}, but drops every unit whose score is below a threshold. */
export function exchangeBelow(work: LayerRewiring, threshold: number): Exchange {
  return exchangeDownTo(work, work.countAtLeast(threshold));
}

/** Keeps the `count` units with the largest scores. */
function exchangeDownTo(work: LayerRewiring, count: number): Exchange {
  const quota = work.quota();
  const kept = work.keep(count, quota);
  return { kept, missing: work.missing(kept, quota) };
}

/**
 * As {@linkcode exchange}, for growth elsewhere: no cell drops more units than it has inactive ones, which those that are
 * dropped at once are not among.
 */
export function exchangeElsewhere(work: LayerRewiring, fraction: number): Exchange {
  const quota = work.quota();
  const kept = work.keepWithRoom(work.units - Math.floor(work.units * fraction), quota);
  return { kept, missing: work.missing(kept, quota) };
}

/** Candidates of each part that suffice for most of them when `fraction` of the units is replaced. */
export function usualCandidates(geometry: Geometry, fraction: number): number {
  return constraintOf(geometry.spec).candidates(geometry, fraction);
}

/** A layer's gradients, and its growth candidates in growing numbers. */
export class GradientScores {
  /** As long as the weights: the gradient of each. */
  readonly gradient: Float32Array;
  readonly #layer: LayerState;
  #fetched: Candidates | undefined;

  /**
   * The scores of a layer; fetches nothing yet.
   *
   * @throws {TypeError} if the layer comes without gradients.
   */
  constructor(layer: LayerState) {
    if (layer.gradient === undefined || layer.candidates === undefined) {
      throw new TypeError(
        `Cannot rewire "${layer.name}" by gradient: it came without gradient or candidates; ` +
          `expected both, as for any method whose growth is "gradient"`,
      );
    }
    this.gradient = layer.gradient;
    this.#layer = layer;
  }

  /** At least `count` candidates of each part, or all that there can be. */
  async candidates(count: number): Promise<Candidates> {
    const { name, pattern } = this.#layer;
    const wanted = Math.min(count, partsOf(pattern).segment);
    if (this.#fetched === undefined || this.#fetched.count < wanted) {
      this.#fetched = await this.#layer.candidates?.(wanted);
    }
    const fetched = this.#fetched;
    if (fetched === undefined || fetched.count < wanted) {
      throw new RangeError(
        `Cannot rewire "${name}": got ${fetched?.count ?? 0} growth candidates per list; ` +
          `expected at least ${wanted}`,
      );
    }
    return fetched;
  }

  /**
   * Grows `missing[cell]` units in each cell: the largest gradients among all that is not kept, just dropped units included,
   * unless growth is to be elsewhere.
   */
  async grow(
    work: LayerRewiring,
    { kept, missing }: Exchange,
    first: number,
    regrown: Regrown | "elsewhere",
  ): Promise<Growth> {
    const from = regrown === "elsewhere" ? work.none() : work.dropped(kept);
    const { pool, chosen } = refillsAnywhere(this.#layer.pattern)
      ? await this.largest(work, from, missing[0], first)
      : await this.#largestOfCells(work, from, missing, first);
    const growth = { span: pool.span, input: pool.input, chosen };
    return regrown === "resume" ? { ...growth, source: pool.source } : growth;
  }

  /**
   * The `count` largest gradients over the slots of `from` and all inactive positions of the layer, as if the
   * dense gradient were known: candidates are fetched until no list could have more of them among the largest.
   */
  async largest(work: LayerRewiring, from: BitSet, count: number, first: number): Promise<Chosen> {
    for (let wanted = first;;) {
      const candidates = await this.candidates(wanted);
      const pool = work.pool(from, this.gradient, candidates);
      const chosen = pool.largest(count);
      if (!pool.saturated(chosen)) return { pool, chosen };
      wanted = 2 * candidates.count;
    }
  }

  async #largestOfCells(
    work: LayerRewiring,
    from: BitSet,
    missing: Uint32Array,
    first: number,
  ): Promise<Chosen> {
    // A cell never takes more candidates than it lacks, so that many of each are enough.
    const wanted = Math.max(first, work.mostCandidates(missing));
    const pool = work.pool(from, this.gradient, await this.candidates(wanted));
    return { pool, chosen: pool.largestOfCells(missing) };
  }
}

/** Units chosen out of a pool. */
export interface Chosen {
  /** What was chosen from. */
  readonly pool: GrowthPool;
  /** What was chosen. */
  readonly chosen: BitSet;
}
