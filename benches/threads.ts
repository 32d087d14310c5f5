/**
 * `threads/2-vs-1`: what a second thread brings to a sparse layer's step. Both must leave the same bits.
 *
 * @module
 */
import type { Backend } from "../src/device/backend.ts";
import { runsFor } from "./buffers.ts";
import { type LayerShape, openLayer } from "./layer.ts";
import { alternate, type Comparison } from "./measure.ts";

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
  const [first, second] = [await openLayer(one, shape), await openLayer(two, shape)];
  const [a, b] = [await first.weights(), await second.weights()];
  const differs = a.some((word, i) => word !== b[i]);
  if (differs) throw new Error("Cannot compare: one thread and two gave different weights");
  const runs = await runsFor(first.sparse, 60);
  const found = await alternate(() => first.sparse(runs), () => second.sparse(runs));
  first.release();
  second.release();
  return { ...found, first: found.first / runs, second: found.second / runs };
}
