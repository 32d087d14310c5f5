/**
 * `threads/2-vs-1/...`: what a second thread brings to a sparse layer's step. Both must leave the same bits.
 *
 * @module
 */
import type { Backend } from "../src/device/backend.ts";
import { compareRepeats, type Comparison } from "../src/crossover/timing.ts";
import { round } from "./case.ts";
import { effortOn, type LayerShape, openLayer } from "./layer.ts";

/**
 * Time of a step on `one` over that on `two`.
 *
 * @throws {Error} if the two do not end with the same weights.
 */
export async function compareThreads(
  one: Backend,
  two: Backend,
  shape: LayerShape,
): Promise<Comparison> {
  using first = await openLayer(one, shape);
  using second = await openLayer(two, shape);
  await first.step(3);
  await second.step(3);
  const [a, b] = [bitsOf(await first.weights()), bitsOf(await second.weights())];
  const differs = a.some((word, i) => word !== b[i]);
  if (differs) throw new Error("Cannot compare: one thread and two gave different weights");
  return await compareRepeats(first.step, second.step, effortOn(one));
}

/** Threads of machines that are not here. */
const MORE = [4, 8, 16];

/**
 * What more threads would bring by the law of Amdahl (1967): the share of a step that two threads do not share is what they lack of
 * being twice as fast. Memory that all cores wait for is not in it.
 *
 * @param two Time of one thread over that of two.
 */
export function predictThreads(two: number): Record<string, number> {
  const serial = Math.max(0, 2 / two - 1);
  const more = MORE.map((threads) => [
    `predictedOf${threads}`,
    round(1 / (serial + (1 - serial) / threads)),
  ]);
  return { serialShare: round(serial), ...Object.fromEntries(more) };
}

function bitsOf({ buffer }: Float32Array): Uint32Array {
  return new Uint32Array(buffer);
}
