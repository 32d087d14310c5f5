/**
 * `token_lists`: see `src/ops/kernels/token_lists.ts`.
 *
 * @module
 */
import { NONE } from "../../src/ops/kernels/constants.ts";
import { type Inputs, type Outputs, unchanged } from "./types.ts";

/** The places of each token, one list behind the other; to the last bit. */
export function tokenLists(
  { tokens }: Inputs,
  { vocabulary, length, padding }: Readonly<Record<string, number>>,
): Outputs {
  const lists: number[][] = Array.from({ length: vocabulary }, () => []);
  for (let place = 0; place < length; place++) {
    if (tokens[place] !== padding) lists[tokens[place]]?.push(place);
  }
  const start = new Uint32Array(vocabulary + 1);
  lists.forEach((list, token) => start[token + 1] = start[token] + list.length);
  const order = new Uint32Array(length).fill(NONE);
  order.set(lists.flat());
  return { start: unchanged(start), order: unchanged(order) };
}
