/**
 * `label_top` in float64: see `src/ops/kernels/label_top.ts`.
 *
 * @module
 */
import { NONE } from "../../src/ops/kernels/constants.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** The lowest float32. */
const LOWEST = -3.4028234663852886e38;

/** All that each column has, sorted by score, then by label, of which the first are kept. */
export function labelTop(
  { logits, numbers, scores, labels }: Inputs,
  { rows, columns, first, top, fresh, numbered }: Readonly<Record<string, number>>,
): Outputs {
  const [bestScores, bestLabels] = [expected(top * columns), expected(top * columns)];
  for (let column = 0; column < columns; column++) {
    const held = Array.from({ length: fresh === 1 ? 0 : top }, (_, i) => ({
      ...{ score: scores[i * columns + column], label: labels[i * columns + column] },
    })).filter(({ label }) => label !== NONE);
    const own = Array.from({ length: rows }, (_, row) => ({
      ...{
        score: logits[row * columns + column],
        label: numbered === 1 ? numbers[row] : first + row,
      },
    }));
    const sorted = [...held, ...own].sort((a, b) => b.score - a.score || a.label - b.label);
    for (let i = 0; i < top; i++) {
      bestScores.value[i * columns + column] = sorted[i]?.score ?? LOWEST;
      bestLabels.value[i * columns + column] = sorted[i]?.label ?? NONE;
    }
  }
  return { scores: bestScores, labels: bestLabels };
}
