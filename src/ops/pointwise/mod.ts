/**
 * The pointwise operations, as programs apply them. Written by `deno task generate` from the folder.
 *
 * @module
 */
export { gelu, type GeluForm } from "./gelu.ts";
export { relu } from "./relu.ts";
export { tanh } from "./tanh.ts";
