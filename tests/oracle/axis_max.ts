/**
 * `axis_max` in float64: see `src/ops/kernels/axis_max.ts`.
 *
 * @module
 */
import { expected, type Inputs, type Outputs } from "./types.ts";

/** y[o, i] = the largest x[o, l, i], place[o, i] = the first l where it is. */
export function axisMax(
  { x }: Inputs,
  { outer, length, inner }: Readonly<Record<string, number>>,
): Outputs {
  const y = expected(outer * inner);
  const place = expected(outer * inner);
  for (let at = 0; at < outer * inner; at++) {
    const begin = Math.floor(at / inner) * length * inner + at % inner;
    let first = 0;
    for (let l = 1; l < length; l++) {
      const [value, largest] = [x[begin + l * inner], x[begin + first * inner]];
      if (value > largest || (Number.isNaN(value) && !Number.isNaN(largest))) first = l;
    }
    y.value[at] = x[begin + first * inner];
    place.value[at] = first;
  }
  return { y, place };
}
