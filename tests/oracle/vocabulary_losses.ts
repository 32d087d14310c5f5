/**
 * `vocabulary_losses` in float64: see `src/ops/kernels/vocabulary_losses.ts`.
 *
 * @module
 */
import { crossEntropy } from "./cross_entropy.ts";
import { DIVISION, MIN_NORMAL, ULP } from "./bounds.ts";
import { softmax } from "./softmax.ts";
import { expected, type Inputs, type Outputs, unchanged } from "./types.ts";

/** Shares of the cross-entropies of columns, and of those whose word has the largest logit; out of the logits alone. */
export function vocabularyLosses(
  { logits, words, shares, losses, right }: Inputs,
  { vocabulary, columns, begin, labelShare, classShare }: Readonly<Record<string, number>>,
): Outputs {
  const own = words.slice(begin, begin + columns);
  const entropies = crossEntropy(
    { logits, labels: own },
    { classes: vocabulary, columns, labelShare, classShare },
  ).losses;
  const statistics = expected(2 * columns);
  const written = { losses: unchanged(losses), right: unchanged(right) };
  for (let column = 0; column < columns; column++) {
    const { max, sum, sumError } = softmax(logits, vocabulary, columns, column);
    statistics.value[column] = max;
    statistics.value[columns + column] = 1 / sum;
    // A part's largest may be rounded off the column's once more: exp, and a product.
    statistics.bound[columns + column] = (2 * sumError + DIVISION + 4 * ULP) / sum;
    const at = begin + column;
    const share = shares[at];
    const loss = share === 0 ? 0 : entropies.value[column];
    written.losses.value[at] = share * loss;
    written.losses.bound[at] = share === 0
      ? 0
      : share * (2 * entropies.bound[column] + ULP * Math.abs(loss)) + MIN_NORMAL;
    let top = 0;
    while (logits[top * columns + column] !== max) top++;
    written.right.value[at] = top === own[column] ? share : 0;
    written.right.bound[at] = 0;
  }
  return { statistics, ...written };
}
