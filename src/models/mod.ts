/**
 * The models that people choose by name, a line each.
 *
 * @module
 */
export { definition as bag } from "./bag.ts";
export { definition as convnet } from "./convnet.ts";
export { definition as mlp } from "./mlp.ts";
export { definition as vit } from "./vit_choice.ts";
