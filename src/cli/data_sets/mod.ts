/**
 * The data sets that have a name, a line each.
 *
 * @module
 */
export { definition as fashion } from "./fashion.ts";
export { definition as icons } from "./icons.ts";
export { definition as mnist } from "./mnist.ts";
export { definition as prose } from "./prose.ts";
export { definition as wordnetLex } from "./wordnet_lex.ts";
