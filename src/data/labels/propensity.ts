/**
 * How likely a label that applies to an example is missing from data: rare ones are, so that finding one counts for more (Jain,
 * Prabhu and Varma, "Extreme Multi-label Loss Functions for Recommendation, Tagging, Ranking & Other Missing Label
 * Applications", KDD 2016).
 *
 * @module
 */
import { labelCounts, type LabelRows } from "./rows.ts";

/** The two numbers of the model. */
export interface PropensityModel {
  /** How fast the weight falls with the frequency of a label; A in the paper. */
  readonly a: number;
  /** What is added to the frequency; B in the paper. */
  readonly b: number;
}

/** What the field takes for data of a kind. */
export const PROPENSITIES = {
  /** Products: Amazon-670K, Amazon-3M, (LF-)AmazonTitles. */
  amazon: { a: 0.6, b: 2.6 },
  /** Categories of Wikipedia: WikiLSHTC-325K, Wiki-500K, LF-WikiTitles. */
  wikipedia: { a: 0.5, b: 0.4 },
  /** All others: Eurlex, Wiki10, AmazonCat, Delicious, LF-WikiSeeAlso. */
  other: { a: 0.55, b: 1.5 },
} as const satisfies Readonly<Record<string, PropensityModel>>;

/** How much each label counts. */
export interface InversePropensities extends PropensityModel {
  /** `[labels]`: 1 and above. */
  readonly weights: Float64Array<ArrayBuffer>;
  /** The weight of a label that no example to train with has, and of every one that is not in {@linkcode weights}. */
  readonly unseen: number;
}

/**
 * The inverse propensity of each label, `1 + C (n + B)^-A` with `C = (ln N - 1) (B + 1)^A`, where n of N examples to train with
 * have the label. N counts examples without labels too. Of fewer than three examples all weights are 1.
 *
 * @throws {RangeError} if A or B is not finite and above 0, they give no finite weights, or there is no example.
 * @example
 * ```ts
 * import { inversePropensities } from "@filigree/filigree/files";
 *
 * const offsets = Uint32Array.of(0, 2, 3, 5, 7);
 * const train = { rows: 4, columns: 5, offsets, labels: Uint32Array.of(0, 1, 0, 0, 2, 1, 3) };
 * const { weights } = inversePropensities(train, { a: 0.55, b: 1.5 });
 * console.assert(weights[0].toFixed(6) === "1.279588" && weights[4].toFixed(6) === "1.511605");
 * ```
 */
export function inversePropensities(
  train: LabelRows,
  { a, b }: PropensityModel = PROPENSITIES.other,
): InversePropensities {
  for (const [name, value] of Object.entries({ a, b, rows: train.rows })) {
    if (Number.isFinite(value) && value > 0) continue;
    throw new RangeError(
      `Cannot make propensities: ${name} is ${value}; expected a finite number above 0`,
    );
  }
  const c = Math.max(0, Math.log(train.rows) - 1) * (b + 1) ** a;
  const weightOf = (count: number) => 1 + c * (count + b) ** -a;
  // That of a label that no example has is the largest. In f32 losses take it, and sums of such numbers are finite in f64.
  if (!Number.isFinite(Math.fround(weightOf(0)))) {
    throw new RangeError(
      `Cannot make propensities: with a of ${a} and b of ${b} a label of no example weighs ${
        weightOf(0)
      }; expected numbers that give a finite weight in f32, such as ${PROPENSITIES.other.a} and ${PROPENSITIES.other.b}`,
    );
  }
  return { a, b, weights: Float64Array.from(labelCounts(train), weightOf), unseen: weightOf(0) };
}
