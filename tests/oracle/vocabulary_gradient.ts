/**
 * `vocabulary_gradient` in float64: see `src/ops/kernels/vocabulary_gradient.ts`.
 *
 * @module
 */
import { MIN_NORMAL, Sum, ULP } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** The gradient of the losses in the place of the logits, and the sum of its rows. */
export function vocabularyGradient(
  { logits, statistics, words, shares }: Inputs,
  { vocabulary, columns, begin, labelShare, classShare }: Readonly<Record<string, number>>,
): Outputs {
  const gradient = expected(vocabulary * columns), sums = expected(vocabulary);
  for (let row = 0; row < vocabulary; row++) {
    const sum = new Sum();
    let absolute = 0;
    for (let column = 0; column < columns; column++) {
      const at = row * columns + column;
      const distance = statistics[column] - logits[at];
      const chance = Math.exp(-distance) * statistics[columns + column];
      const target = classShare + (words[begin + column] === row ? labelShare : 0);
      const share = shares[begin + column];
      const value = (chance - target) * share;
      // The difference, exp of it, and its product, as in softmax.ts; two subtractions and a product, in either order.
      const bound = (chance * (4 + 3 * distance) * ULP + 4 * ULP * (chance + target)) * share +
        4 * MIN_NORMAL;
      gradient.value[at] = value;
      gradient.bound[at] = bound;
      sum.add(value);
      // Whoever takes the words' own shares off at the end has added the chances before.
      sum.magnitude += 2 * target * share;
      absolute += bound;
    }
    sums.value[row] = sum.value;
    sums.bound[row] = sum.bound + absolute;
  }
  return { logits: gradient, sums };
}
