/**
 * What a page needs that uses a model and trains none.
 *
 * @module
 */
export { createDevice } from "../src/ops/device.ts";
export { Device, labels, matrix, vector } from "../src/program/device.ts";
export { prepareLike } from "../src/data/preparation.ts";
export { CheckpointError } from "../src/train/errors.ts";
export { type LoadedModel, loadModel } from "../src/train/load.ts";
