/**
 * Layers.
 *
 * @module
 */
export { batchNorm, type BatchNormOptions } from "./batch_norm.ts";
export type { Context, ContextOptions, Mode, Randomness } from "./context.ts";
export { conv2d, type Conv2dOptions } from "./conv2d.ts";
export { linear, type LinearLayerOptions } from "./linear.ts";
export { type AnyModule, makeModule, type Module, type ModuleParts } from "./module.ts";
export type { Operation, OperationWindows } from "./operation.ts";
export { relu } from "./relu.ts";
export { averagePool, globalAveragePool, maxPool, type PoolOptions } from "./pool.ts";
export { residual } from "./residual.ts";
export { type NamedLayers, sequential } from "./sequential.ts";
export { flatten, image, type ImageSize } from "./shape.ts";
export type { LayerWeight, Weight } from "./tree.ts";
