/**
 * How the weights of a model's layers begin, and where they live: the same for all layers.
 *
 * @module
 */
import type { WeightOptions } from "../nn/parameters.ts";
import { isDense } from "../sparse/lookup.ts";
import type { PatternSpec } from "../sparse/spec.ts";

/** Options of a layer with a pattern. Those of dense layers have no storage. */
export function layerWeights(
  pattern: PatternSpec,
  { init, storage }: WeightOptions = {},
): WeightOptions & { readonly pattern: PatternSpec } {
  return {
    pattern,
    ...(init === undefined ? {} : { init }),
    ...(storage === undefined || isDense(pattern) ? {} : { storage }),
  };
}
