/**
 * The encoders of text that people choose by name, a line each.
 *
 * @module
 */
export { definition as bert } from "./bert_choice.ts";
