/**
 * Layers.
 *
 * @module
 */
export { batchNorm, type BatchNormOptions } from "./batch_norm.ts";
export { conv2d, type Conv2dOptions } from "./conv2d.ts";
export { type Layer, type LayerWeight, makeLayer } from "./layer.ts";
export { linear, type LinearLayerOptions } from "./linear.ts";
export type { Operation, OperationWindows } from "./operation.ts";
export { relu } from "./relu.ts";
export { averagePool, globalAveragePool, maxPool, type PoolOptions } from "./pool.ts";
export { residual } from "./residual.ts";
export { sequential } from "./sequential.ts";
export { flatten, image, type ImageSize } from "./shape.ts";
