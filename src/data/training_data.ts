/**
 * What a model is trained with: examples in memory or a source, whichever it is.
 *
 * @module
 */
import type { Dataset } from "./dataset.ts";
import { packedArrays } from "./examples_source.ts";
import {
  type ExampleKind,
  isOfFeatures,
  preparationOf,
  type SourcePreparation,
} from "./preparation.ts";
import { type ArraySpec, isSource, packedOf, sizeOf, type Source } from "./source.ts";
import { splitDataset, type SplitOptions } from "./split.ts";

/** Examples in memory or a source. */
export type TrainingData = Dataset | Source;

/** Data to train with, and some to test with if there are any. */
export interface SplitData {
  /** To train with. */
  readonly train: TrainingData;
  /** To test with. */
  readonly test?: TrainingData;
}

/** Data to train and to test with. */
export interface TestedData extends SplitData {
  /** To test with. */
  readonly test: TrainingData;
}

/** What batches of data consist of, in a training that mixes them if it does. */
export function arraysIn(
  data: TrainingData,
  { mixup }: { readonly mixup?: number | undefined } = {},
): Readonly<Record<string, ArraySpec>> {
  if (isSource(data)) return packedOf(data).inputs;
  return packedArrays(data, mixup === undefined ? {} : { mixup }).inputs;
}

/** What was done to the raw data. */
export function preparationFor(data: TrainingData): SourcePreparation {
  return isSource(data) ? data.preparation : preparationOf(data);
}

/**
 * What has to be known of data to make a model for them.
 *
 * @throws {RangeError} if a source does not say what is to be learnt of it.
 */
export function kindOfExamples(data: TrainingData): ExampleKind {
  if (!isSource(data)) return preparationOf(data);
  const { inputs: { features }, preparation } = data;
  const { target, inputs = features === undefined ? undefined : sizeOf(features) } = preparation;
  if (target === undefined || inputs === undefined) {
    throw new RangeError(
      "Cannot make a model for the data: they do not say what is to be learnt; expected a preparation with inputs and a target",
    );
  }
  const image = isOfFeatures(preparation) ? preparation.image : undefined;
  return {
    ...{ inputs, target },
    ...(image === undefined ? {} : { image }),
    ...(features?.type === "u32" && features.below !== undefined
      ? { vocabulary: features.below }
      : {}),
  };
}

/**
 * Sets a share of data aside as `test`.
 *
 * @throws {RangeError} if the share is not in (0, 1), there are fewer than two examples, or a source cannot be split.
 */
export function splitData(data: TrainingData, options: SplitOptions): TestedData {
  if (!isSource(data)) return splitDataset(data, options);
  if (data.split !== undefined) return data.split(options);
  throw new RangeError(
    "Cannot set a share of the data aside: their source cannot be split; expected a part of its own",
  );
}
