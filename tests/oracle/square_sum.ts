/**
 * `square_sum` in float64: see `src/ops/kernels/square_sum.ts`.
 *
 * @module
 */
import { SQUARE_CHUNK } from "../../src/ops/kernels/constants.ts";
import { CHAIN, Sum } from "./bounds.ts";
import { type Inputs, type Outputs, unchanged } from "./types.ts";

/** partial[offset + i] = the sum of squares of chunk i of x; the rest stays. */
export function squareSum(
  { x, partial }: Inputs,
  { length, offset }: Readonly<Record<string, number>>,
): Outputs {
  const out = unchanged(partial);
  for (let begin = 0, at = offset; begin < length; begin += SQUARE_CHUNK, at++) {
    const sum = new Sum(CHAIN);
    for (let i = begin; i < Math.min(begin + SQUARE_CHUNK, length); i++) sum.product(x[i], x[i]);
    out.value[at] = sum.value;
    out.bound[at] = sum.bound;
  }
  return { partial: out };
}
