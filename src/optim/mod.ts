/**
 * The optimizers that people choose by name, a line each.
 *
 * @module
 */
export { definition as adamw } from "./adamw.ts";
export { definition as sgd } from "./sgd.ts";
