/**
 * What rankings find by how often a label comes in training: means over all labels say little of the rare ones, which are most.
 *
 * @module
 */
import type { LabelRows } from "./rows.ts";

/** What the first k labels are worth where they are of one bin, as shares of 1. */
export interface BinScoresAt {
  /** Labels that were looked at. */
  readonly k: number;
  /** What the labels of the bin add to P@k: those of all bins add up to it. */
  readonly precision: number;
  /** Labels of the bin that were found, of all places where one applies. */
  readonly recall: number;
  /** What the labels of the bin add to PSP@k. */
  readonly propensityPrecision?: number;
}

/** What rankings are worth for labels of about one frequency. */
export interface BinScores {
  /** Fewest examples to train with that such a label has. */
  readonly least: number;
  /** Most of them; undefined in the last bin. */
  readonly most?: number;
  /** Labels of the bin. */
  readonly labels: number;
  /** How often one of them applies to an example that was looked at. */
  readonly applying: number;
  /** For each k. */
  readonly at: readonly BinScoresAt[];
}

/** What bins are made of. */
interface BinOptions {
  readonly truth: LabelRows;
  readonly ks: readonly number[];
  readonly counts: Uint32Array;
  readonly ends: readonly number[];
}

/** Sums of bins. */
export class FrequencyBins {
  readonly #counts: Uint32Array;
  /** Numbers of first labels that are looked at. */
  readonly ks: readonly number[];
  /** The largest frequency of each bin; the last has none. */
  readonly ends: readonly number[];
  /** Labels of each bin. */
  readonly labels: Float64Array;
  /** How often one applies. */
  readonly applying: Float64Array;
  /** `[bins, ks]`: labels that were found, and their weights. */
  readonly hits: Float64Array;
  readonly weights: Float64Array;

  /** @throws {RangeError} if the ends do not ascend. */
  constructor({ truth, ks, counts, ends }: BinOptions) {
    if (ends.some((end, i) => !(end >= 0 && end > (ends[i - 1] ?? -1)))) {
      throw new RangeError(
        `Cannot measure rankings: the bins end at [${ends}]; expected numbers from 0 that ascend`,
      );
    }
    this.#counts = counts;
    this.ks = ks;
    this.ends = [...ends, Infinity];
    this.labels = new Float64Array(this.ends.length);
    this.applying = new Float64Array(this.ends.length);
    this.hits = new Float64Array(this.ends.length * ks.length);
    this.weights = new Float64Array(this.ends.length * ks.length);
    const columns = Math.max(truth.columns, counts.length);
    for (let label = 0; label < columns; label++) this.labels[this.#binOf(label)]++;
  }

  /** Counts the labels that apply to an example. */
  expect(labels: Uint32Array): void {
    for (const label of labels) this.applying[this.#binOf(label)]++;
  }

  /** Counts a label that was found at a place, from 0. */
  found(label: number, place: number, weight: number): void {
    const bin = this.#binOf(label) * this.ks.length;
    for (const [i, k] of this.ks.entries()) {
      if (place >= k) continue;
      this.hits[bin + i]++;
      this.weights[bin + i] += weight;
    }
  }

  #binOf(label: number): number {
    const count = this.#counts[label] ?? 0;
    return this.ends.findIndex((end) => count <= end);
  }
}

/**
 * What bins are worth.
 *
 * @param best For each k, what weights are divided by; undefined without weights.
 */
export function binsOf(
  { ks, ends, labels, applying, hits, weights }: FrequencyBins,
  examples: number,
  best: readonly number[] | undefined,
): BinScores[] {
  const share = (part: number, whole: number) => whole === 0 ? 0 : part / whole;
  return ends.map((end, bin) => ({
    least: bin === 0 ? 0 : ends[bin - 1] + 1,
    ...(end === Infinity ? {} : { most: end }),
    ...{ labels: labels[bin], applying: applying[bin] },
    at: ks.map((k, i) => ({
      k,
      precision: share(hits[bin * ks.length + i], k * examples),
      recall: share(hits[bin * ks.length + i], applying[bin]),
      ...(best === undefined
        ? {}
        : { propensityPrecision: share(weights[bin * ks.length + i], best[i]) }),
    })),
  }));
}
