/**
 * What a first training takes, and nothing else: multi-layer perceptrons on arrays, the methods that move their connections, and
 * the trainer. What is here is in `mod.ts` too; a program that imports this entry alone fetches half as much.
 *
 * @example
 * ```ts
 * import { adamw, createDevice, mlp, rigl, Trainer } from "@filigree/filigree/core";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * const model = mlp({ sizes: [784, 512, 10], sparsity: 0.95 });
 * const optimizer = adamw({ learningRate: 1e-3 });
 * const trainer = new Trainer({ device, model, optimizer, method: rigl({ every: 100 }) });
 * console.log(trainer.plan({ inputs: 784, batchSize: 128 }).bytes.total);
 * ```
 *
 * @module
 */
export { type Device, type DeviceOptions, labels, matrix, vector } from "./src/program/device.ts";
export { DeviceLostError } from "./src/device/errors.ts";
export { createDevice } from "./src/ops/device.ts";
export { linear, type LinearLayerOptions } from "./src/nn/linear.ts";
export { relu } from "./src/nn/relu.ts";
export { type NamedLayers, sequential } from "./src/nn/sequential.ts";
export type { Module } from "./src/nn/module.ts";
export { mlp, type MlpOptions } from "./src/models/mlp.ts";
export { fanIn, type FanInSpec } from "./src/sparse/patterns/fan_in.ts";
export { rigl, type RiglOptions } from "./src/methods/rigl.ts";
export { set, type SetOptions } from "./src/methods/set.ts";
export { srigl, type SriglOptions } from "./src/methods/srigl.ts";
export { staticPattern } from "./src/methods/static.ts";
export { adamw, type AdamwOptions } from "./src/optim/adamw.ts";
export { sgd, type SgdOptions } from "./src/optim/sgd.ts";
export { constant, cosine, linearDecay, stepDecay } from "./src/optim/schedule.ts";
export { prepareLike } from "./src/data/preparation.ts";
export { splitDataset } from "./src/data/split.ts";
export { DivergenceError } from "./src/train/finite.ts";
export {
  type Evaluation,
  type FitOptions,
  Trainer,
  type TrainerOptions,
  type TrainEvent,
} from "./src/train/trainer.ts";
