/**
 * `bias` in float64: see `src/ops/kernels/bias.ts`.
 *
 * @module
 */
import { Sum } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** y[r, c] = x[r, c] + bias[r]. */
export function bias(
  { x, bias }: Inputs,
  { rows, columns }: Readonly<Record<string, number>>,
): Outputs {
  const y = expected(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const sum = new Sum();
      sum.add(x[row * columns + column]);
      sum.add(bias[row]);
      y.value[row * columns + column] = sum.value;
      y.bound[row * columns + column] = sum.bound;
    }
  }
  return { y };
}
