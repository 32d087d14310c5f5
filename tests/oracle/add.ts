/**
 * `add` in float64: see `src/ops/kernels/add.ts`.
 *
 * @module
 */
import { Sum } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** y = a + b. */
export function add({ a, b }: Inputs, { length }: Readonly<Record<string, number>>): Outputs {
  const y = expected(length);
  for (let i = 0; i < length; i++) {
    const sum = new Sum();
    sum.add(a[i]);
    sum.add(b[i]);
    y.value[i] = sum.value;
    y.bound[i] = sum.bound;
  }
  return { y };
}
