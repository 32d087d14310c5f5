/**
 * `relu_gradient`: see `src/ops/kernels/relu_gradient.ts`.
 *
 * @module
 */
import { MIN_NORMAL } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** dx = dy where y > 0, else 0; a subnormal y or dy may be taken for 0. */
export function reluGradient(
  { y, dy }: Inputs,
  { length }: Readonly<Record<string, number>>,
): Outputs {
  const dx = expected(length);
  for (let i = 0; i < length; i++) {
    dx.value[i] = y[i] > 0 ? dy[i] : 0;
    const mayBeLost = y[i] < MIN_NORMAL || Math.abs(dy[i]) < MIN_NORMAL;
    dx.bound[i] = mayBeLost ? Math.abs(dx.value[i]) : 0;
  }
  return { dx };
}
