/**
 * Types of option values: what parses them, and what TypeScript reads out of flags such as
 * `--learning-rate <rate:number>`.
 *
 * @module
 */
import { ValidationError } from "./errors.ts";

/** A value on its way through a type. */
export interface ArgumentValue {
  /** `Option` or `Environment variable`. */
  label: string;
  /** The type's name. */
  type: string;
  /** The flag, such as `--seed`, or the variable. */
  name: string;
  /** What was written. */
  value: string;
}

/** Parses a value or throws a {@linkcode ValidationError}. */
export type TypeHandler<Value> = (argument: ArgumentValue) => Value;

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

/** Types that every command knows. */
export interface BuiltInTypes {
  /** Any text. */
  string: string;
  /** A path. */
  file: string;
  /** A number. */
  number: number;
  /** A whole number. */
  integer: number;
}

/** Parsers of the types that every command knows. */
export const BUILT_IN: Readonly<Record<string, TypeHandler<unknown>>> = {
  string: ({ value }) => value,
  file: ({ value }) => value,
  number: (argument) => parseNumber(argument, Number.isFinite),
  integer: (argument) => parseNumber(argument, Number.isInteger),
};

/** `--learning-rate, -l <rate:number>` to `{ learningRate?: number }`; not optional where there is a default. */
export type TypedOption<Flags extends string, Types, Default> = Flags extends `--no-${infer Name}`
  ? { [K in Camel<Name>]: boolean }
  : Flags extends `${string}--${infer Name} <${string}:${infer Type}>`
    ? Field<Camel<NameOf<Name>>, Type extends keyof Types ? Types[Type] : unknown, Default>
  : Flags extends `${string}--${infer Name}` ? Field<Camel<NameOf<Name>>, true, Default>
  : Record<never, never>;

/** `PREFIX_SOME_NAME=<value:type>` to `{ someName?: type }`. */
export type TypedEnv<Name extends string, Types, Prefix extends string> = Name extends
  `${Prefix}${infer Rest}=<${string}:${infer Type}>`
  ? { [K in Camel<Lowercase<Rest>>]?: Type extends keyof Types ? Types[Type] : unknown }
  : Record<never, never>;

type Field<Name extends string, Value, Default> = Default extends undefined
  ? { [K in Name]?: Value }
  : { [K in Name]: Value };

type NameOf<Text extends string> = Text extends `${infer Name},${string}` ? Name : Text;

type Camel<Text extends string> = Text extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Text extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}`
  : Text;

/** The error of a value that is not of its type. */
export function invalid(
  { label, name, type, value }: ArgumentValue,
  expected: readonly unknown[] = [],
): ValidationError {
  const values = expected.map((one) => `"${one}"`).join(", ");
  return new ValidationError(
    `${label} "${name}" must be of type "${type}", but got "${value}".` +
      (values === "" ? "" : ` Expected values: ${values}`),
  );
}

function parseNumber(argument: ArgumentValue, holds: (value: number) => boolean): number {
  const value = argument.value.trim() === "" ? NaN : Number(argument.value);
  if (!holds(value)) throw invalid(argument);
  return value;
}
