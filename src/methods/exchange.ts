/**
 * What the methods under a constant fan-in share: how many connections a row shall have, what
 * survives, and growth by gradient.
 *
 * @module
 */
import type { BitSet } from "../sparse/arena.ts";
import type { GrowthPool } from "../sparse/growth_pool.ts";
import { fanInOf } from "../sparse/pattern.ts";
import type { Candidates, Growth, LayerRewiring } from "../sparse/rewiring.ts";
import type { LayerShape, LayerState } from "./method.ts";

/** What becomes of a connection that is dropped and grown again in the same step. */
export type Regrown =
  /** It keeps its value and moments, as in RigL's code. */
  | "resume"
  /** It starts at 0 with zero moments, like any other that grows. */
  | "restart";

/** Survivors and what each row lacks. */
export interface Exchange {
  /** Slots that survive. */
  readonly kept: BitSet;
  /** Connections that each row has to grow. */
  readonly missing: Uint32Array;
}

/**
 * Drops the share `fraction` of a layer's connections, `floor(connections * fraction)`, by smallest
 * weight; every live row then lacks what it lost.
 */
export function exchange(work: LayerRewiring, layer: LayerState, fraction: number): Exchange {
  const { budget, inputs } = layer.pattern;
  const live = work.live.reduce((sum, flag) => sum + flag, 0);
  const k = fanInOf(budget, live, inputs);
  const target = work.live.map((flag) => flag * k);
  const kept = work.keep(work.connections - Math.floor(work.connections * fraction), target);
  return { kept, missing: work.missing(kept, target) };
}

/** Candidates per row that suffice for most rows when `fraction` of the connections is replaced. */
export function usualCandidates({ rows, inputs, budget }: LayerShape, fraction: number): number {
  const k = fanInOf(budget, rows, inputs);
  // Rows lose unequally: twice the mean and a few more cover nearly all of them.
  return Math.max(1, Math.min(inputs - k, k, Math.ceil(2 * fraction * k) + 4));
}

/** A layer's gradients, and its growth candidates in growing numbers. */
export class GradientScores {
  /** `[capacity]`: gradient of the active weights. */
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

  /** At least `count` candidates of each row, or all that there can be. */
  async candidates(count: number): Promise<Candidates> {
    const { name, pattern: { inputs } } = this.#layer;
    const wanted = Math.min(count, inputs);
    if (this.#fetched === undefined || this.#fetched.count < wanted) {
      this.#fetched = await this.#layer.candidates?.(wanted);
    }
    const fetched = this.#fetched;
    if (fetched === undefined || fetched.count < wanted) {
      throw new RangeError(
        `Cannot rewire "${name}": got ${fetched?.count ?? 0} growth candidates per row; ` +
          `expected at least ${wanted}`,
      );
    }
    return fetched;
  }

  /**
   * Grows `missing[row]` connections in each row: the largest gradients among all that is not kept,
   * just dropped connections included.
   */
  async grow(
    work: LayerRewiring,
    { kept, missing }: Exchange,
    first: number,
    regrown: Regrown,
  ): Promise<Growth> {
    const { span, inputs } = this.#layer.pattern;
    // A row never takes more candidates than it lacks, so that many of each row are enough.
    const wanted = missing.reduce((most, count, row) => {
      const inactive = inputs - (span[2 * row + 1] - span[2 * row]);
      return Math.max(most, Math.min(count, inactive));
    }, first);
    const pool = work.pool(work.dropped(kept), this.gradient, await this.candidates(wanted));
    const chosen = pool.largestOfRows(missing);
    const growth = { span: pool.span, input: pool.input, chosen };
    return regrown === "resume" ? { ...growth, source: pool.source } : growth;
  }

  /**
   * The `count` largest gradients over all positions of the layer, as if the dense gradient were
   * known: candidates are fetched until no row could have more of them among the largest.
   */
  async largest(
    work: LayerRewiring,
    count: number,
    first: number,
  ): Promise<{ pool: GrowthPool; entries: BitSet }> {
    for (let wanted = first;;) {
      const candidates = await this.candidates(wanted);
      const pool = work.pool(work.slots(), this.gradient, candidates);
      const entries = pool.largest(count);
      if (!pool.saturated(entries)) return { pool, entries };
      wanted = 2 * candidates.count;
    }
  }
}
