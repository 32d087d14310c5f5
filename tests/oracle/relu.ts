/**
 * `relu`: see `src/ops/kernels/relu.ts`.
 *
 * @module
 */
import { MIN_NORMAL } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** y = max(x, 0), exact but for subnormal numbers, which may become 0. */
export function relu({ x }: Inputs, { length }: Readonly<Record<string, number>>): Outputs {
  const y = expected(length);
  for (let i = 0; i < length; i++) {
    y.value[i] = Math.max(x[i], 0);
    y.bound[i] = y.value[i] < MIN_NORMAL ? y.value[i] : 0;
  }
  return { y };
}
