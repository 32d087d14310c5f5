/**
 * `clip` in float64: see `src/ops/kernels/clip.ts`.
 *
 * @module
 */
import { CHAIN, DIVISION, SQUARE_ROOT, Sum } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** norm = sqrt(sum of the first count entries); clip = min(1, maxNorm / norm). */
export function clip(
  { partial }: Inputs,
  { count, maxNorm }: Readonly<Record<string, number>>,
): Outputs {
  const sum = new Sum(CHAIN);
  for (let i = 0; i < count; i++) sum.add(partial[i]);
  const norm = Math.sqrt(sum.value);
  // sqrt(s (1 + e)) is at most sqrt(s) (1 + |e|) even where e is not small.
  const relative = sum.value === 0 ? 0 : sum.bound / sum.value + SQUARE_ROOT;
  const factor = expected(1);
  factor.value[0] = norm === 0 ? 1 : Math.min(1, maxNorm / norm);
  factor.bound[0] = norm === 0 ? 0 : (maxNorm / norm) * (relative + DIVISION);
  const length = expected(1);
  length.value[0] = norm;
  length.bound[0] = norm * relative;
  return { clip: factor, norm: length };
}
