/**
 * Epochs of fewer examples than there are.
 *
 * @module
 */
import { chosenIn, type EpochOptions } from "../source.ts";

/** The examples of each batch where an epoch has `count` of all: the first ones of its order, or, if they are fixed, every so many. */
export function* someOf(
  all: number,
  count: number,
  epoch: number,
  options: EpochOptions,
  isFixed: boolean,
): Generator<Uint32Array, void, undefined> {
  if (isFixed) {
    for (const chosen of chosenIn(count, epoch, options)) {
      yield chosen.map((example) => Math.floor(example * all / count));
    }
    return;
  }
  let left = count - (options.skip ?? 0) * options.batchSize;
  for (const chosen of chosenIn(all, epoch, options)) {
    if (left <= 0) return;
    yield chosen.subarray(0, left);
    left -= chosen.length;
  }
}
