/**
 * `gather_positions` in float64: see `src/ops/kernels/gather_positions.ts`.
 *
 * @module
 */
import { expected, type Inputs, type Outputs } from "./types.ts";

/** y[f, k, e] = x[f, places[k, e], e], 0 where that is no position. */
export function gatherPositions(
  { x, places }: Inputs,
  { features, positions, count, examples }: Readonly<Record<string, number>>,
): Outputs {
  const y = expected(features * count * examples);
  for (let feature = 0; feature < features; feature++) {
    for (let i = 0; i < count * examples; i++) {
      if (places[i] >= positions) continue;
      const line = feature * positions + places[i];
      y.value[feature * count * examples + i] = x[line * examples + i % examples];
    }
  }
  return { y };
}
