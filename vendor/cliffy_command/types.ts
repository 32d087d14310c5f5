/**
 * Types of values: what parses them.
 *
 * @module
 */
import { ValidationError } from "./errors.ts";

/** A value on its way through a type. */
interface ArgumentValue {
  /** The type's name. */
  readonly type: string;
  /** The flag, such as `--seed`. */
  readonly name: string;
  /** What was written. */
  readonly value: string;
}

/** Parses a value or throws a {@linkcode ValidationError}. */
export type TypeHandler = (argument: ArgumentValue) => unknown;

/** One of a few words. */
export class EnumType<const Value extends string | number | boolean> {
  readonly #allowed: readonly Value[];

  /** Makes the type of these values. */
  constructor(values: readonly Value[]) {
    this.#allowed = values;
  }

  /** Parses a value. */
  parse(argument: ArgumentValue): Value {
    const found = this.#allowed.find((value) => String(value) === argument.value);
    if (found === undefined) throw invalid(argument, this.#allowed);
    return found;
  }
}

/** Parsers of the types that every command knows. */
export const BUILT_IN: Readonly<Record<string, TypeHandler>> = {
  string: ({ value }) => value,
  number: (argument) => parseNumber(argument, Number.isFinite),
  integer: (argument) => parseNumber(argument, Number.isInteger),
};

/** The error of a value that is not of its type. */
function invalid(
  { name, type, value }: ArgumentValue,
  expected: readonly unknown[] = [],
): ValidationError {
  const values = expected.map((one) => `"${one}"`).join(", ");
  return new ValidationError(
    `Option "${name}" must be of type "${type}", but got "${value}".` +
      (values === "" ? "" : ` Expected values: ${values}`),
  );
}

function parseNumber(argument: ArgumentValue, holds: (value: number) => boolean): number {
  const value = Number(argument.value);
  if (!holds(value)) throw invalid(argument);
  return value;
}
