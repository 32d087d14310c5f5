/**
 * `axis_max_gradient` in float64: see `src/ops/kernels/axis_max_gradient.ts`.
 *
 * @module
 */
import { MIN_NORMAL } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** dx[o, l, i] = dy[o, i] where l is place[o, i], else 0. */
export function axisMaxGradient(
  { place, dy }: Inputs,
  { outer, length, inner }: Readonly<Record<string, number>>,
): Outputs {
  const dx = expected(outer * length * inner);
  for (let at = 0; at < dx.value.length; at++) {
    const from = Math.floor(at / inner / length) * inner + at % inner;
    if (place[from] !== Math.floor(at / inner) % length) continue;
    dx.value[at] = dy[from];
    dx.bound[at] = Math.abs(dy[from]) < MIN_NORMAL ? MIN_NORMAL : 0;
  }
  return { dx };
}
