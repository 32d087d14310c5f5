/**
 * Stand-in for `jsr:@cliffy/command`: the part of its API that this project uses, over npm `commander`.
 *
 * @module
 */
export { Command } from "./command.ts";
export { type ArgumentValue, EnumType, type TypeHandler } from "./types.ts";
export { ValidationError, type ValidationErrorOptions } from "./errors.ts";
