/**
 * What a pattern is: the form of the files in `patterns/`. A pattern has a name, specifications that are plain data, and for
 * each of them a constraint: everything that the rest of the house asks of it. The rest never asks which pattern it is.
 *
 * @module
 */
import type { Unit, UnitLists } from "../ops/matrix.ts";
import type { Capacities, UnitShape } from "./capacity.ts";
import type { Geometry } from "./geometry.ts";
import type { Pattern } from "./pattern.ts";
import type { PatternSpec } from "./spec.ts";

/** How the lists of a pattern divide into the parts that have growth candidates of their own. */
export interface Parts {
  /** Parts of all lists together. */
  readonly count: number;
  /** Parts of each list. */
  readonly perList: number;
  /** Entries that a part could have; the last one of a list may have fewer. */
  readonly segment: number;
}

/** The segments of each column of single connections. */
export interface Columns {
  /** Outputs in a segment; the last one of a column may have fewer. */
  readonly segment: number;
  /** Connections of every segment but the last. */
  readonly each: number;
  /** Connections of the last segment. */
  readonly last: number;
}

/** A form of index lists of a pattern's own, beside u16 pairs and u32. */
export interface Packing {
  /** Words on the device. */
  readonly words: number;
  /** The device's form of a pattern's index. */
  readonly pack: (pattern: Pattern) => Uint32Array;
  /** Records the kernel that makes lists of it that products read. */
  readonly unpack: NonNullable<UnitLists["unpack"]>;
}

/** What a specification demands of connections. */
export interface Constraint {
  /** What a slot stands for. */
  readonly unit: Unit;
  /** The norm that scores units, one of `NORM`. Of single connections all norms are the same. */
  readonly norm: number;
  /** Lists begin at multiples of this and are padded to it. */
  readonly tile: number;
  /**
   * What growth refills: each part that lost units, or all of the matrix as one cell, where a dropped unit may come back in any
   * list.
   */
  readonly refill: "part" | "anywhere";
  /** Whether a list may be empty, so that the others share its budget. */
  readonly mayEmpty: boolean;
  /** Whether a list may have an entry more than once, each time with a value of its own; never where absent. */
  readonly repeats?: boolean;
  /** Units that the specification asks for. */
  budget(shape: UnitShape): number;
  /** Slots at worst. */
  capacities(shape: UnitShape, budget: number): Capacities;
  /** How lists divide. */
  parts(shape: UnitShape): Parts;
  /** Units that each part holds where `live` lists share a budget; of `refill` "anywhere" nobody asks. */
  share(geometry: Geometry, live: number): PartShare;
  /** Growth candidates of each part that suffice for most when the share `fraction` of the units is replaced. */
  candidates(geometry: Geometry, fraction: number): number;
  /** How columns divide, where what a pattern demands is of them; nothing that rewires lists keeps it. */
  columns?(rows: number): Columns;
  /** A form of the index of its own. */
  packing?(geometry: Geometry): Packing;
}

/** Units of the parts of a live list. */
export interface PartShare {
  /** Units of every part but the last. */
  readonly each: number;
  /** Units of the last part. */
  readonly last: number;
}

/** A pattern. */
export interface PatternDefinition<Spec extends PatternSpec> {
  /** The kind of its specifications. */
  readonly kind: Spec["kind"];
  /** Texts that name it on the command line, for help: those that {@linkcode parse} takes. */
  readonly names: readonly string[];
  /** The specification of a name with a density, where the name does not say one itself; undefined of other names. */
  parse(name: string, density: number): Spec | undefined;
  /** The name of a specification, as {@linkcode parse} takes it. */
  nameOf(spec: Spec): string;
  /**
   * A specification of this kind that was read, checked.
   *
   * @throws {RangeError} if it cannot be.
   */
  read(spec: PatternSpec): Spec;
  /** The density that a name says; absent where it is chosen. */
  fixedDensity?(spec: Spec): number;
  /** What it demands; absent where every connection exists and is stored as such. */
  constraint?(spec: Spec): Constraint;
}

/** A pattern, whatever its specifications are. */
export type PatternKind = PatternDefinition<PatternSpec>;

const KINDS = new Map<string, PatternKind>();

/**
 * Makes a pattern known: to layers, checkpoints and the command line.
 *
 * @returns It, for specifications of any kind: those of another are refused by what `read` says.
 */
export function registerPattern<Spec extends PatternSpec>(
  { kind, names, ...its }: PatternDefinition<Spec>,
): PatternKind {
  const { fixedDensity, constraint } = its;
  const known: PatternKind = {
    kind,
    names,
    parse: (name, density) => its.parse(name, density),
    nameOf: (spec) => its.nameOf(its.read(spec)),
    read: (spec) => its.read(spec),
    ...(fixedDensity === undefined ? {} : { fixedDensity: (spec) => fixedDensity(its.read(spec)) }),
    ...(constraint === undefined ? {} : { constraint: (spec) => constraint(its.read(spec)) }),
  };
  KINDS.set(kind, known);
  return known;
}

/** The patterns that are known, in the order in which they became so. */
export function patternKinds(): readonly PatternKind[] {
  return [...KINDS.values()];
}

/**
 * The pattern of a specification.
 *
 * @throws {TypeError} if there is none of its kind.
 */
export function kindOf(spec: PatternSpec): PatternKind {
  const known = KINDS.get(spec.kind);
  if (known !== undefined) return known;
  throw new TypeError(
    `Cannot use a pattern of kind ${JSON.stringify(spec.kind)}: it is not known; ` +
      `expected one of ${[...KINDS.keys()].join(", ")}`,
  );
}
