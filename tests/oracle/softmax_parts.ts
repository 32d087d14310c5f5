/**
 * `softmax_parts` in float64: see `src/ops/kernels/softmax_parts.ts`.
 *
 * @module
 */
import { wordsOf } from "../../src/ops/kernels/softmax_parts.ts";
import { MIN_NORMAL, ULP } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** The largest logit of each part, the sum of exp(logit - largest), and that of (logit - largest). */
export function softmaxParts(
  { logits }: Inputs,
  { vocabulary, columns }: Readonly<Record<string, number>>,
): Outputs {
  const { size, count } = wordsOf(vocabulary);
  const plane = count * columns;
  const parts = expected(3 * plane);
  for (let i = 0; i < plane; i++) {
    const first = Math.floor(i / columns) * size;
    const terms = Math.min(size, vocabulary - first);
    const line = Array.from({ length: terms }, (_, r) => {
      return logits[(first + r) * columns + i % columns];
    });
    const largest = line.reduce((most, logit) => Math.max(most, logit));
    parts.value[i] = largest;
    let absolute = 0;
    for (const logit of line) {
      const distance = largest - logit;
      const term = Math.exp(-distance);
      parts.value[plane + i] += term;
      parts.value[2 * plane + i] -= distance;
      // As in softmax.ts.
      absolute += term * (3 + 3 * distance) * ULP + 2 * MIN_NORMAL;
    }
    parts.bound[plane + i] = absolute + (terms + 2) * ULP * parts.value[plane + i];
    parts.bound[2 * plane + i] = (terms + 3) * ULP * Math.abs(parts.value[2 * plane + i]) +
      terms * MIN_NORMAL;
  }
  return { parts };
}
