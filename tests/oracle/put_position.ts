/**
 * `put_position` in float64: see `src/ops/kernels/put_position.ts`.
 *
 * @module
 */
import { type Inputs, type Outputs, unchanged } from "./types.ts";

/** y[f, places[e], e] = x[f, e], nothing where that is no position. */
export function putPosition(
  { x, places, y }: Inputs,
  { features, positions, examples }: Readonly<Record<string, number>>,
): Outputs {
  const out = unchanged(y);
  for (let i = 0; i < features * examples; i++) {
    const place = places[i % examples];
    if (place >= positions) continue;
    const line = Math.floor(i / examples) * positions + place;
    out.value[line * examples + i % examples] = x[i];
  }
  return { y: out };
}
