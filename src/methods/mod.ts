/**
 * The methods that people choose by name, a line each.
 *
 * @module
 */
export { definition as asp } from "./asp.ts";
export { definition as cht } from "./cht.ts";
export { definition as dynsparse } from "./dynsparse.ts";
export { definition as maxq } from "./maxq.ts";
export { definition as pgf } from "./pgf.ts";
export { definition as rigl } from "./rigl.ts";
export { definition as set } from "./set.ts";
export { definition as srigl } from "./srigl.ts";
export { definition as srste } from "./srste.ts";
export { definition as static } from "./static.ts";
export { definition as step } from "./step.ts";
export { definition as topkast } from "./topkast.ts";
