/**
 * Data sets: what they are, how they are read, how they are cut into batches.
 *
 * @module
 */
export { type Augmentation, type Placement, randomCrop, randomFlip } from "./augment.ts";
export { type Batch, Batcher, type BatcherOptions } from "./batcher.ts";
export {
  checkDataset,
  type Dataset,
  type ImageShape,
  measureNormalization,
  type Normalization,
  type SplitDataset,
} from "./dataset.ts";
export { type CifarOptions, loadCifarFolder } from "./cifar.ts";
export { DataFormatError } from "./errors.ts";
export { type IdxArray, idxDataset, type IdxPart, loadIdxFolder, readIdx } from "./idx.ts";
