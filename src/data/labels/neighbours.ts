/**
 * Nearest rows: what examples that are like a new one say of its labels, without any learning, and beside a head that has learnt.
 *
 * @module
 */
import { NO_LABEL } from "./places.ts";
import { type FeatureRows, type LabelRows, squaredLength } from "./rows.ts";
import type { LabelledRows } from "./sparse_text.ts";

/** How strongly labels are voted for, for each of some examples. */
export interface LabelVotes {
  /** `[examples + 1]`: where the list of each example begins; its end is the beginning of the next. */
  readonly offsets: Uint32Array;
  /** Labels of the nearest rows, ascending in a list. */
  readonly labels: Uint32Array;
  /** What each has: the squared cosines of the rows that have it, summed. */
  readonly votes: Float64Array;
}

/** Labels of examples with their scores, the first one first. */
export interface ScoredLabels {
  /** `[examples, places]`; `NO_LABEL` where there is none. */
  readonly labels: Uint32Array;
  /** `[examples, places]`. */
  readonly scores: Float32Array;
  /** How many examples there are. */
  readonly examples: number;
}

/** How {@linkcode addVotes} adds. */
export interface AddVotesOptions {
  /** The example of the votes that is the first one here; 0 by default. */
  readonly first?: number;
  /** What a vote of 1 adds to a score; 1 by default. */
  readonly weight?: number;
  /** Labels of each example that are wanted; 5 by default. */
  readonly top?: number;
}

/**
 * Rows by their features, so that those that are nearest to a new one are found: a product with every row that shares a feature.
 *
 * @example
 * ```ts
 * import { NearestRows } from "@filigree/filigree/files";
 *
 * const features = {
 *   ...{ rows: 2, columns: 3, offsets: Uint32Array.of(0, 1, 2) },
 *   ...{ indices: Uint32Array.of(0, 2), values: Float32Array.of(1, 4) },
 * };
 * const labels = { rows: 2, columns: 9, offsets: Uint32Array.of(0, 1, 3), labels: Uint32Array.of(7, 3, 5) };
 * const { labels: found, votes } = new NearestRows({ features, labels }).votes(features);
 * console.assert(found.join() === "7,3,5" && votes[0] === 1);
 * ```
 */
export class NearestRows {
  readonly #labels: LabelRows;
  /** Where the rows of each feature begin, those rows, and their values, divided by the length of the row. */
  readonly #begins: Uint32Array;
  readonly #rows: Uint32Array;
  readonly #values: Float32Array;

  /**
   * Lists the rows of each feature.
   *
   * @throws {RangeError} if there are not as many rows of features as of labels.
   */
  constructor({ features, labels }: LabelledRows) {
    const { rows, columns, offsets, indices, values } = features;
    if (labels.rows !== rows) {
      throw new RangeError(
        `Cannot find nearest rows: there are ${rows} rows of features and ${labels.rows} of labels; expected as many`,
      );
    }
    this.#labels = labels;
    this.#begins = new Uint32Array(columns + 1);
    this.#rows = new Uint32Array(indices.length);
    this.#values = new Float32Array(indices.length);
    for (const index of indices) this.#begins[index + 1]++;
    for (let i = 0; i < columns; i++) this.#begins[i + 1] += this.#begins[i];
    const next = this.#begins.slice();
    for (let row = 0; row < rows; row++) {
      const scale = scaleOf(features, row);
      for (let i = offsets[row]; i < offsets[row + 1]; i++) {
        const place = next[indices[i]]++;
        this.#rows[place] = row;
        this.#values[place] = scale * values[i];
      }
    }
  }

  /**
   * Lets the nearest rows vote for their labels: the squared cosine of each is summed by label. Rows that share no feature with an
   * example have no vote; of equally near rows the lower ones are taken.
   *
   * @param asked Features of examples. Those that the rows do not know count for their length alone.
   * @throws {RangeError} if the number of nearest rows is not a whole number above 0.
   */
  votes(asked: FeatureRows, { nearest = 10 }: { readonly nearest?: number } = {}): LabelVotes {
    if (!(Number.isInteger(nearest) && nearest > 0)) {
      throw new RangeError(
        `Cannot find nearest rows: ${nearest} are asked for; expected a whole number above 0`,
      );
    }
    const { offsets, labels } = this.#labels;
    const begins = new Uint32Array(asked.rows + 1);
    const found: number[] = [], votes: number[] = [];
    const cosines = new Float64Array(this.#labels.rows);
    for (let example = 0; example < asked.rows; example++) {
      this.#cosines(asked, example, cosines);
      const sums = new Map<number, number>();
      for (const row of largest(cosines, nearest)) {
        for (const label of labels.subarray(offsets[row], offsets[row + 1])) {
          sums.set(label, (sums.get(label) ?? 0) + cosines[row] ** 2);
        }
      }
      for (const [label, sum] of [...sums].sort(([a], [b]) => a - b)) {
        found.push(label);
        votes.push(sum);
      }
      begins[example + 1] = found.length;
    }
    return { offsets: begins, labels: Uint32Array.from(found), votes: Float64Array.from(votes) };
  }

  /** The cosine of every row with an example. */
  #cosines(asked: FeatureRows, example: number, cosines: Float64Array): void {
    cosines.fill(0);
    const scale = scaleOf(asked, example), known = this.#begins.length - 1;
    for (let i = asked.offsets[example]; i < asked.offsets[example + 1]; i++) {
      const feature = asked.indices[i];
      if (feature >= known) continue;
      const value = scale * asked.values[i];
      for (let j = this.#begins[feature]; j < this.#begins[feature + 1]; j++) {
        cosines[this.#rows[j]] += value * this.#values[j];
      }
    }
  }
}

/**
 * Adds votes to the scores of first labels: late fusion, as kNN-LM (Khandelwal et al. 2020) adds nearest neighbours to a model that is
 * trained. A label that is voted for but not among the first has the score of the last of them, which is no less than its own.
 *
 * @returns `[examples, top]`, the first one first; of equal scores the lower label is first. Where labels lack there is `NO_LABEL`,
 * with a score of -Infinity.
 * @throws {RangeError} if there are fewer votes than examples.
 * @example
 * ```ts
 * import { addVotes } from "@filigree/filigree/files";
 *
 * const first = { labels: Uint32Array.of(4, 8), scores: Float32Array.of(0.5, 0.25), examples: 1 };
 * const votes = { offsets: Uint32Array.of(0, 1), labels: Uint32Array.of(8), votes: Float64Array.of(1) };
 * const { labels, scores } = addVotes(first, votes, { top: 2 });
 * console.assert(labels.join() === "8,4" && scores[0] === 1.25);
 * ```
 */
export function addVotes(
  ranked: ScoredLabels,
  { offsets, labels: voted, votes }: LabelVotes,
  { first = 0, weight = 1, top = 5 }: AddVotesOptions = {},
): ScoredLabels {
  const { examples } = ranked;
  if (first + examples >= offsets.length) {
    throw new RangeError(
      `Cannot add votes: there are those of ${
        offsets.length - 1
      } examples, and examples ${first} to ${
        first + examples - 1
      } are asked for; expected votes for each`,
    );
  }
  const labels = new Uint32Array(examples * top).fill(NO_LABEL);
  const scores = new Float32Array(examples * top).fill(-Infinity);
  const places = examples === 0 ? 0 : ranked.labels.length / examples;
  for (let example = 0; example < examples; example++) {
    const sums = new Map<number, number>();
    let lowest = 0;
    for (let i = example * places; i < (example + 1) * places; i++) {
      // Behind the last label are no more.
      if (ranked.labels[i] === NO_LABEL) break;
      sums.set(ranked.labels[i], ranked.scores[i]);
      lowest = ranked.scores[i];
    }
    for (let i = offsets[first + example]; i < offsets[first + example + 1]; i++) {
      sums.set(voted[i], (sums.get(voted[i]) ?? lowest) + weight * votes[i]);
    }
    const best = [...sums].sort(([a, x], [b, y]) => y - x || a - b).slice(0, top);
    for (const [place, [label, score]] of best.entries()) {
      labels[example * top + place] = label;
      scores[example * top + place] = score;
    }
  }
  return { labels, scores, examples };
}

/** What makes a row one of length 1; 0 for a row of zeros. */
function scaleOf(features: FeatureRows, row: number): number {
  const square = squaredLength(features, row);
  return square === 0 ? 0 : 1 / Math.sqrt(square);
}

/** The places of the largest numbers above 0, the largest first; of equal ones the lower place. */
function largest(numbers: Float64Array, most: number): number[] {
  const best: number[] = [];
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i];
    if (!(value > 0) || (best.length === most && value <= numbers[best[most - 1]])) continue;
    let place = best.length;
    while (place > 0 && numbers[best[place - 1]] < value) place--;
    best.splice(place, 0, i);
    if (best.length > most) best.pop();
  }
  return best;
}
