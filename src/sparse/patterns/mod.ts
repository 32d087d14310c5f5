/**
 * The patterns, in the order in which help texts name them. Each file makes its own known.
 *
 * @module
 */
export * from "./dense.ts";
export * from "./fan_in.ts";
export * from "./group_fan_in.ts";
export * from "./block.ts";
export * from "./nm.ts";
export * from "./nm_outputs.ts";
