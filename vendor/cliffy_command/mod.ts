/**
 * Stand-in for `jsr:@cliffy/command`: the part of its API that this project uses, over npm `commander`.
 *
 * @module
 */
export { Command } from "./command.ts";
export { EnumType } from "./types.ts";
export { ValidationError } from "./errors.ts";
