/**
 * The layers: a line for each file. What it exports beside functions that make layers are their definitions.
 *
 * @module
 */
export * from "./attention.ts";
export * from "./batch_norm.ts";
export * from "./causal_attention.ts";
export * from "./conv2d.ts";
export * from "./decoder.ts";
export * from "./drop_path.ts";
export * from "./dropout.ts";
export * from "./embedding.ts";
export * from "./gelu.ts";
export * from "./linear.ts";
export * from "./norms.ts";
export * from "./pool.ts";
export * from "./positions.ts";
export * from "./relu.ts";
export * from "./residual.ts";
export * from "./sequence.ts";
export * from "./sequential.ts";
export * from "./shape.ts";
export * from "./transformer.ts";
