/**
 * `growth_candidates` in float64: see `src/ops/kernels/growth_candidates.ts`.
 *
 * @module
 */
import { NONE } from "../../src/ops/kernels/constants.ts";
import { Sum } from "./bounds.ts";
import { indexAt } from "./lists.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** One inactive input of a row. */
export interface Candidate {
  /** The input. */
  readonly input: number;
  /** |dy[r] . x[input]|. */
  readonly score: number;
  /** How far a float32 score may lie from it. */
  readonly bound: number;
}

/** Every inactive input of a row, in ascending order. */
export function inactive(
  { span, index, dy, x }: Inputs,
  { inputs, columns, wide }: Readonly<Record<string, number>>,
  row: number,
): Candidate[] {
  const active = new Set<number>();
  for (let slot = span[2 * row]; slot < span[2 * row + 1]; slot++) {
    active.add(indexAt(index, slot, wide));
  }
  const candidates: Candidate[] = [];
  for (let input = 0; input < inputs; input++) {
    if (active.has(input)) continue;
    const sum = new Sum();
    for (let column = 0; column < columns; column++) {
      sum.product(dy[row * columns + column], x[input * columns + column]);
    }
    candidates.push({ input, score: Math.abs(sum.value), bound: sum.bound });
  }
  return candidates;
}

/**
 * The `count` best of every row, by score, then by lower input, in ascending order of input. The bounds are 0: whoever
 * compares with this gives data whose sums are exact in float32.
 */
export function growthCandidates(
  arrays: Inputs,
  params: Readonly<Record<string, number>>,
): Outputs {
  const { rows, count } = params;
  const input = expected(rows * count);
  const score = expected(rows * count);
  input.value.fill(NONE);
  for (let row = 0; row < rows; row++) {
    inactive(arrays, params, row)
      .sort((a, b) => b.score - a.score || a.input - b.input)
      .slice(0, count)
      .sort((a, b) => a.input - b.input)
      .forEach((candidate, i) => {
        input.value[row * count + i] = candidate.input;
        score.value[row * count + i] = candidate.score;
      });
  }
  return { input, score };
}
