/**
 * The tasks that have a name, a line each.
 *
 * @module
 */
export { classification } from "./classification.ts";
export { multiLabel } from "./multi_label.ts";
export { regression } from "./regression.ts";
