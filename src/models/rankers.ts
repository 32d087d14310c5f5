/**
 * The models of very many labels that people choose by name, a line each.
 *
 * @module
 */
export { definition as xmc } from "./xmc.ts";
