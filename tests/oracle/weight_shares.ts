/**
 * `weight_shares` in float64: see `src/ops/kernels/weight_shares.ts`.
 *
 * @module
 */
import { STEP_WORDS } from "../../src/device/step_block.ts";
import { CHAIN, DIVISION, MIN_NORMAL, Sum, ULP } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** shares[c] = weights[c] / sum of the weights, 0 for padding. */
export function weightShares(
  { weights, step }: Inputs,
  { columns, examples, weighted }: Readonly<Record<string, number>>,
): Outputs {
  const real = step[STEP_WORDS.examples];
  const weight = Array.from({ length: columns }, (_, c) => {
    if (c % examples >= real) return 0;
    return weighted === 0 ? 1 : weights[c];
  });
  const sum = new Sum(CHAIN);
  for (const each of weight) sum.add(each);
  const shares = expected(columns);
  if (sum.value > 0) {
    for (const [c, each] of weight.entries()) {
      const share = each / sum.value;
      shares.value[c] = share;
      shares.bound[c] = share === 0
        ? 0
        : share * (sum.bound / sum.value + DIVISION + ULP) + MIN_NORMAL;
    }
  }
  return { shares };
}
