/**
 * The order in which the head of a training has its labels: the most frequent ones first, and groups of labels that are alike.
 *
 * @module
 */
import { labelOrder } from "../../data/labels/order.ts";
import type { RankingSource } from "../../data/labels/source.ts";
import type { Config } from "../config/schema.ts";
import { asWrongUse, groupOf } from "../patterns.ts";

/**
 * The order that a configuration asks for, by the examples to train with.
 *
 * @returns The label at each place; nothing where the order is that of the data.
 * @throws {ValidationError} if there are fewer labels than are to come first.
 */
export function labelOrderFor(
  { model: { denseLabels, grouping }, pattern, run: { seed } }: Config,
  { features, truth: labels }: Pick<RankingSource, "features" | "truth">,
): Uint32Array<ArrayBuffer> | undefined {
  const group = grouping === "similarity" ? groupOf(pattern.name) : undefined;
  if (denseLabels === undefined && group === undefined) return undefined;
  const options = { seed, ...(group === undefined ? {} : { group }) };
  return asWrongUse(() =>
    labelOrder({ features, labels }, { ...options, frequent: Number(denseLabels ?? 0) })
  );
}
