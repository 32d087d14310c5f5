/**
 * `conv_growth_candidates` in float64: see `src/ops/kernels/conv_growth_candidates.ts`.
 *
 * @module
 */
import { NONE } from "../../src/ops/kernels/constants.ts";
import { gradientOf, ofRows } from "./convolution.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/**
 * The `count` inactive inputs of largest absolute gradient of every row, ties to the lower input, in ascending order. The
 * bounds are 0: whoever compares with this gives data whose scores are exact in float32.
 */
export function convGrowthCandidates(
  arrays: Inputs,
  params: Readonly<Record<string, number>>,
): Outputs {
  const { rows, channels, kernelHeight, kernelWidth, count } = params;
  const { dy, x } = arrays;
  const inputs = channels * kernelHeight * kernelWidth;
  const active = new Set(ofRows(arrays, params).map(({ row, input }) => row * inputs + input));
  const input = expected(rows * count);
  const score = expected(rows * count);
  input.value.fill(NONE);
  for (let row = 0; row < rows; row++) {
    Array.from({ length: inputs }, (_, i) => i)
      .filter((i) => !active.has(row * inputs + i))
      .map((i) => ({
        input: i,
        score: Math.abs(gradientOf({ row, input: i }, dy, x, params).value),
      }))
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
