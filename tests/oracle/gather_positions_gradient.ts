/**
 * `gather_positions_gradient` in float64: see `src/ops/kernels/gather_positions_gradient.ts`.
 *
 * @module
 */
import { Sum } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** dx[f, p, e] is the sum of dy[f, k, e] over the k with places[k, e] = p. */
export function gatherPositionsGradient(
  { dy, places }: Inputs,
  { features, positions, count, examples }: Readonly<Record<string, number>>,
): Outputs {
  const sums = Array.from({ length: features * positions * examples }, () => new Sum());
  for (let feature = 0; feature < features; feature++) {
    for (let i = 0; i < count * examples; i++) {
      if (places[i] >= positions) continue;
      const line = feature * positions + places[i];
      sums[line * examples + i % examples].add(dy[feature * count * examples + i]);
    }
  }
  const dx = expected(sums.length);
  for (const [i, sum] of sums.entries()) {
    dx.value[i] = sum.value;
    dx.bound[i] = sum.bound;
  }
  return { dx };
}
