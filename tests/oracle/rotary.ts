/**
 * `rotary` in float64: see `src/ops/kernels/rotary.ts`.
 *
 * @module
 */
import { Sum } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** The pair (a, b) of a head becomes (a cos - direction b sin, b cos + direction a sin). */
export function rotary(
  { x, table, places }: Inputs,
  { heads, half, positions, examples, angles, placed, direction }: Readonly<Record<string, number>>,
): Outputs {
  const columns = positions * examples;
  const y = expected(2 * heads * half * columns);
  for (let head = 0; head < heads; head++) {
    for (let i = 0; i < half; i++) {
      for (let column = 0; column < columns; column++) {
        const place = placed === 1 ? places[column] : Math.floor(column / examples);
        const cosine = table[i * angles + place];
        const sine = direction * table[(half + i) * angles + place];
        const first = (2 * head * half + i) * columns + column;
        const second = first + half * columns;
        for (
          const [at, a, b, by] of [[first, first, second, -sine], [second, second, first, sine]]
        ) {
          const sum = new Sum();
          sum.product(x[a], cosine);
          sum.product(x[b], by);
          y.value[at] = sum.value;
          y.bound[at] = sum.bound;
        }
      }
    }
  }
  return { y };
}
