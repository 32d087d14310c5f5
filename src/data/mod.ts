/**
 * Data sets: what they are, how they are read, how they are cut into batches.
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
export { streamFolder, type StreamOptions } from "./stream_source.ts";
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
export { type CifarOptions, loadCifarFolder } from "./cifar.ts";
export { DataFormatError, type TextPlace } from "./errors.ts";
export {
  isOfText,
  type LabelledTexts,
  type TextOptions,
  type TextPreparation,
  textPreparationOf,
  textQuestions,
  textSource,
  wordsOf,
} from "./text.ts";
export { fingerprintOf } from "./fingerprint.ts";
export { readExamples } from "./examples.ts";
export { type DataOptions, loadData, type Normalize } from "./folder.ts";
export type { TableOptions, TargetTask } from "./columns.ts";
export { type IdxArray, idxDataset, type IdxPart, loadIdxFolder, readIdx } from "./idx.ts";
