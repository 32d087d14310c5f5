/**
 * Data in memory: what they are, how they are prepared, how they are cut into batches. What reads files is not here: who imports
 * this module must not fetch it.
 *
 * @module
 */
export { type Augmentation, type Placement, randomCrop, randomFlip } from "./augment.ts";
export { checkDataset } from "./check.ts";
export {
  type ClassDataset,
  type Dataset,
  type Examples,
  type ImageShape,
  measureNormalization,
  type Normalization,
  type SplitDataset,
  type TableColumns,
  type TargetDataset,
  type TestedDataset,
} from "./dataset.ts";
export { splitDataset, type SplitOptions } from "./split.ts";
export {
  type ArraySpec,
  type Batch,
  type EpochOptions,
  type MemorySource,
  type Source,
} from "./source.ts";
export { arraySource, type ArraySourceParts, type NamedArray } from "./array_source.ts";
export { type ExampleName, sourceOf, type SourceOptions } from "./examples_source.ts";
export {
  type OtherPreparation,
  outputsOf,
  type Preparation,
  preparationOf,
  prepareLike,
  type SourcePreparation,
  type TargetKind,
} from "./preparation.ts";
export { fingerprintOf } from "./fingerprint.ts";
