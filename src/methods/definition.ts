/**
 * What people choose a method by.
 *
 * @module
 */
import type { Definition } from "../definitions/definition.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import type { StorageName } from "../sparse/storage/mod.ts";
import type { Method } from "./method.ts";

/** A method by name. One with the option `every` changes patterns. */
export interface MethodDefinition extends Definition<Method> {
  /** The patterns that it cannot change; it takes any where this is absent. */
  readonly refuses?: PatternRefusal;
  /** Whether it takes patterns that may repeat inputs in a row; those of distinct inputs alone where absent. */
  readonly repeats?: boolean;
  /** The storage of the weights that it trains, unless as usual. */
  readonly storage?: StorageName;
  /** What the shares of its schedule are where they are not given, unless as usual. */
  readonly usual?: { readonly fraction: number; readonly until: number };
  /** Options that a pattern leaves without effect. */
  idle?(spec: PatternSpec): IdleOptions | undefined;
}

/** Patterns that a method cannot change. */
export interface PatternRefusal {
  /** Whether a pattern is one of them. */
  of(spec: PatternSpec): boolean;
  /** Why, after the name of the pattern: `whose rows have no common fan-in`. */
  readonly why: string;
  /** What it takes: `fan-in, group-N or N:M`. */
  readonly takes: string;
  /** What it does not take: `blocks`. */
  readonly refused: string;
}

/** Options without effect. */
export interface IdleOptions {
  /** Their names. */
  readonly options: readonly string[];
  /** Why, after the name of the pattern: `of which no row may be empty`. */
  readonly why: string;
}
