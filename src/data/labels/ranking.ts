/**
 * How good ranked labels are: what of the first k labels of each example applies, and how much that counts.
 *
 * All means are over all examples, those without labels too, to which nothing can be found.
 *
 * @module
 */
import { type BinScores, binsOf, FrequencyBins } from "./bins.ts";
import { NO_LABEL } from "./places.ts";
import type { InversePropensities, PropensityModel } from "./propensity.ts";
import { countRows, type LabelRows } from "./rows.ts";

export { NO_LABEL };

/** What is measured against what. */
export interface RankingOptions {
  /** Which labels apply. */
  readonly truth: LabelRows;
  /** Numbers of first labels that are looked at; 1, 3 and 5 by default. */
  readonly ks?: readonly number[];
  /** How much each label counts; without them nothing is measured by propensities. */
  readonly propensities?: InversePropensities;
  /** How many examples to train with have each label; without them nothing is told by frequency. */
  readonly counts?: Uint32Array;
  /** The largest frequency of each bin but the last; 0, 2, 5 and 20 by default. */
  readonly bins?: readonly number[];
  /** Pairs of an example and a label that are not to be predicted: they are taken out before anything is counted. */
  readonly filter?: LabelRows;
}

/** What the first k labels are worth, as shares of 1. */
export interface ScoresAt {
  /** Labels that were looked at. */
  readonly k: number;
  /** P@k: labels that apply, of k, even where an example has fewer. */
  readonly precision: number;
  /** nDCG@k: the same with less for later places (1 / log2(place + 1)), of what min(k, labels of the example) can give. */
  readonly ndcg: number;
  /** R@k: labels that were found, of those of the example. */
  readonly recall: number;
  /** PSP@k: weights of the labels that apply, of all examples, by the k largest of each: a ratio of two sums. */
  readonly propensityPrecision?: number;
  /** PSnDCG@k: weights by the place, each example by what nDCG@k divides by; a ratio of the sum to the largest one possible. */
  readonly propensityNdcg?: number;
}

/** What rankings are worth. */
export interface RankingScores {
  /** Examples that were looked at. */
  readonly examples: number;
  /** Of these, those to which no label applies. */
  readonly withoutLabels: number;
  /** For each k. */
  readonly at: readonly ScoresAt[];
  /** What the weights were made with. */
  readonly propensity?: PropensityModel;
  /** By how many examples to train with have a label. */
  readonly bins?: readonly BinScores[];
}

/** Sums for one k. */
class Sums {
  readonly k: number;
  hits = 0;
  gains = 0;
  recalls = 0;
  weights = 0;
  weightGains = 0;
  bestWeights = 0;
  bestGains = 0;

  constructor(k: number) {
    this.k = k;
  }
}

/**
 * Measures rankings, some examples at a time.
 *
 * Labels come in the order of their scores. Whoever ranks them puts the lower of two labels with one score first: that is what
 * makes figures the same everywhere.
 *
 * @example
 * ```ts
 * import { RankingMetrics } from "@filigree/filigree/files";
 *
 * const truth = { rows: 2, columns: 4, offsets: Uint32Array.of(0, 2, 3), labels: Uint32Array.of(0, 2, 1) };
 * const metrics = new RankingMetrics({ truth, ks: [1, 3] });
 * metrics.add(Uint32Array.of(0, 1, 2), 1); // the first example
 * metrics.add(Uint32Array.of(3, 1, 0), 1);
 * const { at: [one, three] } = metrics.scores();
 * console.assert(one.precision === 0.5 && three.precision === 0.5 && three.recall === 1);
 * ```
 */
export class RankingMetrics {
  /** Labels of an example that are wanted: the largest k, and as many as the filter may take out. */
  readonly depth: number;
  readonly #truth: LabelRows;
  readonly #filter: LabelRows | undefined;
  readonly #propensities: InversePropensities | undefined;
  readonly #bins: FrequencyBins | undefined;
  readonly #sums: readonly Sums[];
  readonly #most: number;
  /** 1 / log2(place + 1), and their sums, from 0 on. */
  readonly #discounts: Float64Array;
  readonly #ideals: Float64Array;
  #row = 0;
  #withoutLabels = 0;

  /**
   * Begins with the first example of the truth.
   *
   * @throws {RangeError} if a k is no whole number above 0, or the filter has other examples than the truth.
   */
  constructor({ truth, ks = [1, 3, 5], propensities, counts, bins, filter }: RankingOptions) {
    const wrong = ks.find((k) => !(Number.isSafeInteger(k) && k > 0));
    if (wrong !== undefined || ks.length === 0) {
      throw new RangeError(
        `Cannot measure rankings: ks is [${ks}]; expected one whole number above 0 or several`,
      );
    }
    if (filter !== undefined && filter.rows !== truth.rows) {
      throw new RangeError(
        `Cannot measure rankings: the filter has ${filter.rows} examples; expected ${truth.rows}, those of the truth`,
      );
    }
    this.#truth = truth;
    this.#filter = filter;
    this.#propensities = propensities;
    this.#sums = ks.map((k) => new Sums(k));
    this.#most = Math.max(...ks);
    this.#bins = counts === undefined
      ? undefined
      : new FrequencyBins({ truth, ks, counts, ends: bins ?? [0, 2, 5, 20] });
    this.#discounts = Float64Array.from({ length: this.#most }, (_, i) => 1 / Math.log2(i + 2));
    this.#ideals = new Float64Array(this.#most + 1);
    this.#discounts.forEach((discount, i) => this.#ideals[i + 1] = this.#ideals[i] + discount);
    this.depth = this.#most + (filter === undefined ? 0 : countRows(filter).longest);
  }

  /**
   * Measures the next examples.
   *
   * @param labels `[examples, places]`, the first place first; {@linkcode NO_LABEL} where there is none. Of fewer than
   * {@linkcode depth} places those that lack are wrong.
   * @throws {RangeError} if there are more examples than in the truth, the array is no table of so many, or a label comes twice
   * in the first places of an example.
   */
  add(labels: Uint32Array, examples: number): void {
    const width = labels.length / examples;
    if (!Number.isInteger(width) || width === 0 || this.#row + examples > this.#truth.rows) {
      throw new RangeError(
        `Cannot measure rankings: there are ${labels.length} labels for ${examples} examples; ` +
          `expected as many for each, and at most ${this.#truth.rows - this.#row} examples`,
      );
    }
    for (let i = 0; i < examples; i++) {
      this.#measure(this.#first(labels.subarray(i * width, (i + 1) * width)));
      this.#row++;
    }
  }

  /** What the examples so far are worth. */
  scores(): RankingScores {
    const examples = this.#row, propensities = this.#propensities;
    const share = (part: number, whole: number) => whole === 0 ? 0 : part / whole;
    const at = this.#sums.map((sums): ScoresAt => ({
      k: sums.k,
      precision: share(sums.hits, sums.k * examples),
      ndcg: share(sums.gains, examples),
      recall: share(sums.recalls, examples),
      ...(propensities === undefined ? {} : {
        propensityPrecision: share(sums.weights, sums.bestWeights),
        propensityNdcg: share(sums.weightGains, sums.bestGains),
      }),
    }));
    const best = this.#sums.map(({ bestWeights }) => bestWeights);
    return {
      ...{ examples, withoutLabels: this.#withoutLabels, at },
      ...(propensities === undefined
        ? {}
        : { propensity: { a: propensities.a, b: propensities.b } }),
      ...(this.#bins === undefined
        ? {}
        : { bins: binsOf(this.#bins, examples, propensities === undefined ? undefined : best) }),
    };
  }

  /** The first labels of an example that the filter leaves. */
  #first(labels: Uint32Array): Uint32Array {
    const filter = this.#filter, most = this.#most;
    const kept = filter === undefined
      ? labels.subarray(0, most)
      : labels.filter((label) => !hasLabel(filter, this.#row, label)).subarray(0, most);
    const twice = kept.find((label, i) => label !== NO_LABEL && kept.indexOf(label) < i);
    if (twice === undefined) return kept;
    throw new RangeError(
      `Cannot measure rankings: label ${twice} comes twice for example ${this.#row}; expected different labels`,
    );
  }

  #measure(ranked: Uint32Array): void {
    const { offsets, labels } = this.#truth;
    const applying = labels.subarray(offsets[this.#row], offsets[this.#row + 1]);
    this.#bins?.expect(applying);
    if (applying.length === 0) {
      this.#withoutLabels++;
      return;
    }
    const weights = this.#propensities;
    const best = weights === undefined ? undefined : largest(applying, weights);
    for (const [i, label] of ranked.entries()) {
      if (!hasLabel(this.#truth, this.#row, label)) continue;
      const weight = weights === undefined ? 1 : weightOf(label, weights);
      this.#bins?.found(label, i, weight);
      for (const sums of this.#sums) {
        if (i >= sums.k) continue;
        const gain = this.#discounts[i] / this.#ideals[Math.min(sums.k, applying.length)];
        sums.hits++;
        sums.gains += gain;
        sums.recalls += 1 / applying.length;
        sums.weights += weight;
        sums.weightGains += weight * gain;
      }
    }
    for (const sums of this.#sums) {
      const ideal = this.#ideals[Math.min(sums.k, applying.length)];
      for (const [i, weight] of best?.subarray(0, sums.k).entries() ?? []) {
        sums.bestWeights += weight;
        sums.bestGains += weight * this.#discounts[i] / ideal;
      }
    }
  }
}

/** Weights of labels, the largest first. */
function largest(labels: Uint32Array, weights: InversePropensities): Float64Array {
  return Float64Array.from(labels, (label) => weightOf(label, weights)).sort().reverse();
}

function weightOf(label: number, { weights, unseen }: InversePropensities): number {
  return label < weights.length ? weights[label] : unseen;
}

/** Whether a row has a label: its list is sorted. */
function hasLabel({ offsets, labels }: LabelRows, row: number, label: number): boolean {
  let low = offsets[row], high = offsets[row + 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (labels[middle] < label) low = middle + 1;
    else high = middle;
  }
  return low < offsets[row + 1] && labels[low] === label;
}

/**
 * Figures by the names that they are printed under: `P@1`, `nDCG@1`, `R@1`, `PSP@1`, `PSnDCG@1`, as shares of 1.
 *
 * @example
 * ```ts
 * import { rankingFigures } from "@filigree/filigree/files";
 *
 * const at = [{ k: 5, precision: 0.25, ndcg: 0.5, recall: 0.75 }];
 * const figures = rankingFigures({ examples: 8, withoutLabels: 0, at });
 * console.assert(figures["P@5"] === 0.25 && figures["nDCG@5"] === 0.5);
 * ```
 */
export function rankingFigures({ at }: RankingScores): Record<string, number> {
  const figures: [name: string, share: number | undefined][] = at.flatMap((scores) => [
    [`P@${scores.k}`, scores.precision],
    [`nDCG@${scores.k}`, scores.ndcg],
    [`R@${scores.k}`, scores.recall],
    [`PSP@${scores.k}`, scores.propensityPrecision],
    [`PSnDCG@${scores.k}`, scores.propensityNdcg],
  ]);
  const known: Record<string, number> = {};
  for (const [name, share] of figures) if (share !== undefined) known[name] = share;
  return known;
}
