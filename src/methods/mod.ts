/**
 * The methods that people choose by name, a line each.
 *
 * @module
 */
export { definition as cht } from "./cht.ts";
export { definition as dynsparse } from "./dynsparse.ts";
export { definition as rigl } from "./rigl.ts";
export { definition as set } from "./set.ts";
export { definition as srigl } from "./srigl.ts";
export { definition as static } from "./static.ts";
export { definition as topkast } from "./topkast.ts";
