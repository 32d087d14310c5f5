/**
 * Filigree trains neural networks whose weights are stored sparse from the first step to the
 * checkpoint, on any GPU through WebGPU or on the CPU through WebAssembly SIMD.
 *
 * @example
 * ```ts
 * import { adamw, cosine, createDevice, mlp, srigl, Trainer } from "./mod.ts";
 *
 * const device = await createDevice({ prefer: "wasm", threads: 1 });
 * const trainer = new Trainer({
 *   device,
 *   model: mlp({ sizes: [784, 512, 512, 10], sparsity: 0.95 }),
 *   optimizer: adamw({ learningRate: cosine(1e-3, { warmup: 100 }) }),
 *   method: srigl({ every: 100, fraction: 0.3, until: 0.75, gammaSal: 0.3 }),
 * });
 * console.log(trainer.plan({ inputs: 784, batchSize: 128 }).bytes.total);
 * device.close();
 * ```
 *
 * @module
 */
export type { Backend, BackendInfo, BackendName, DeviceBuffer } from "./src/device/backend.ts";
export { DeviceLostError, KernelCompileError } from "./src/device/errors.ts";
export { createDevice } from "./src/ops/device.ts";
export { Device, type DeviceOptions, labels, matrix } from "./src/program/device.ts";
export type { Bytes, Plan } from "./src/program/plan.ts";
export { type InputSpec, Program, type Traced } from "./src/program/program.ts";
export { type Category, Resource, type ResourceOptions } from "./src/program/resource.ts";
export { type Clock, type Shape, Tensor, Trace } from "./src/program/trace.ts";
export { accuracy, crossEntropy } from "./src/ops/cross_entropy.ts";
export { relu } from "./src/ops/relu.ts";
export { adamw, type AdamwOptions } from "./src/optim/adamw.ts";
export { type CommonOptions, type Optimizer } from "./src/optim/optimizer.ts";
export { cosine, type CosineOptions, type LearningRate } from "./src/optim/schedule.ts";
export { sgd, type SgdOptions } from "./src/optim/sgd.ts";
export * as nn from "./src/nn/mod.ts";
export type { Layer, LayerWeight } from "./src/nn/layer.ts";
export { mlp, type MlpOptions } from "./src/models/mlp.ts";
export {
  type Evaluation,
  type FitOptions,
  Trainer,
  type TrainerOptions,
  type TrainEvent,
} from "./src/train/trainer.ts";
