/**
 * Everything that a page can use: all entries in one module.
 *
 * @module
 */
export * from "../mod.ts";
export * from "../files.ts";
export * from "../runs.ts";
export * from "../tokens.ts";
// Both have one of these names, of which that of a training is meant.
export type { GroupOptions, VocabularyOptions } from "../mod.ts";
