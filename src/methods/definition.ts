/**
 * What people choose a method by.
 *
 * @module
 */
import type { Definition } from "../definitions/definition.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import type { Method } from "./method.ts";

/**
 * A method by name. One with the option `every` changes patterns. Which patterns and which storage it takes the method itself says,
 * the same with any options.
 */
export interface MethodDefinition extends Definition<Method> {
  /** What the shares of its schedule are where they are not given, unless as usual. */
  readonly usual?: { readonly fraction: number; readonly until: number };
  /** Options that a pattern leaves without effect. */
  idle?(spec: PatternSpec): IdleOptions | undefined;
}

/** Options without effect. */
export interface IdleOptions {
  /** Their names. */
  readonly options: readonly string[];
  /** Why, after the name of the pattern: `of which no row may be empty`. */
  readonly why: string;
}
