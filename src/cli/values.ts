/**
 * Parsers of flag values. Each refuses what it cannot take with the flag, the value and what would
 * be accepted.
 *
 * @module
 */
import { type ArgumentValue, ValidationError } from "./deps.ts";

/** A whole number above 0. */
export function count(argument: ArgumentValue): number {
  return parse(argument, (n) => Number.isSafeInteger(n) && n > 0, "a whole number above 0");
}

/** A whole number from 0 on. */
export function seed(argument: ArgumentValue): number {
  const accepted = "a whole number from 0 to 2^53 - 1";
  return parse(argument, (n) => Number.isSafeInteger(n) && n >= 0, accepted);
}

/** A number from 0 to 1. */
export function share(argument: ArgumentValue): number {
  return parse(argument, (n) => n >= 0 && n <= 1, "a number from 0 to 1");
}

/** A share of absent connections: from 0 to below 1. */
export function sparsity(argument: ArgumentValue): number {
  return parse(argument, (n) => n >= 0 && n < 1, "a number from 0 to below 1");
}

/** A number from 0 on. */
export function amount(argument: ArgumentValue): number {
  return parse(argument, (n) => n >= 0 && n < Infinity, "a number of at least 0");
}

/** A number above 0. */
export function rate(argument: ArgumentValue): number {
  return parse(argument, (n) => n > 0 && n < Infinity, "a number above 0");
}

/** Sizes of hidden layers, such as `512,512`. */
export function sizes(argument: ArgumentValue): number[] {
  const parts = argument.value.split(",").map((part) => part.trim());
  if (!parts.every((part) => /^[1-9][0-9]{0,8}$/.test(part))) {
    throw refuse(argument, "whole numbers above 0 with commas between them, such as 512,512");
  }
  return parts.map(Number);
}

function parse(
  argument: ArgumentValue,
  holds: (value: number) => boolean,
  accepted: string,
): number {
  const value = argument.value.trim() === "" ? NaN : Number(argument.value);
  if (!holds(value)) throw refuse(argument, accepted);
  return value;
}

function refuse({ label, name, value }: ArgumentValue, accepted: string): ValidationError {
  return new ValidationError(`${label} "${name}" must be ${accepted}, but got "${value}".`);
}
