/**
 * `permute`: see `src/ops/kernels/permute.ts`.
 *
 * @module
 */
import { NONE } from "../../src/ops/kernels/constants.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** out[i] = values[slot[i]], 0 where there is none; bit for bit. */
export function permute(
  { slot, values }: Inputs,
  { length }: Readonly<Record<string, number>>,
): Outputs {
  const out = expected(length);
  for (let i = 0; i < length; i++) out.value[i] = slot[i] === NONE ? 0 : values[slot[i]];
  return { out };
}
