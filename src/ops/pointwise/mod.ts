/**
 * The pointwise operations, as programs apply them. Written by `deno task generate` from the folder.
 *
 * @module
 */
export { relu } from "./relu.ts";
