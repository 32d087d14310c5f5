/**
 * The decoders of text that people choose by name, a line each.
 *
 * @module
 */
export { definition as gpt } from "./gpt_choice.ts";
