/**
 * Which layers of a model are sparse, and in which pattern: the one place where models ask for the patterns of their matrices.
 *
 * @module
 */
import { pathPattern } from "../definitions/paths.ts";
import { groupBy } from "../runtime/group_by.ts";
import { type Distribution, layerDensities } from "../sparse/density.ts";
import { fixedDensity } from "../sparse/lookup.ts";
import { dense } from "../sparse/patterns/mod.ts";
import type { PatternSpec } from "../sparse/spec.ts";

/** The pattern of a matrix with a density below 1. */
export type PatternOf = (density: number) => PatternSpec;

/** Layers of a model that are sparse, with what they have of their own. */
export interface SparseLayers {
  /**
   * Which: the two matrices of feed-forward parts (`"ff"`), queries, keys and values (`"qkv"`), the matrix behind an attention
   * (`"out"`), every one that can be sparse (`"all"`), a path (`"layer0"`) or the path of what they are in
   * (`"encoder.layer0"`), in which `*` stands for anything but a dot and `**` for anything; or several of these.
   */
  readonly layers: string | readonly string[];
  /** Their pattern; that of the model by default. One with a density of its own, such as N:M, is the pattern of each of them. */
  readonly pattern?: PatternOf;
  /** Share of absent connections in all of them together; that of the pattern, or else of the model, by default. */
  readonly sparsity?: number;
}

/** How sparse a model is. */
export interface Sparseness {
  /** Share of absent connections, in [0, 1); 0, the default, makes layers dense. */
  readonly sparsity?: number;
  /** How that is spread over the layers; absent where each has the same density. */
  readonly distribution?: Distribution;
  /** The pattern of a layer with a density below 1. */
  readonly pattern: PatternOf;
  /** Which layers are sparse; all by default. */
  readonly sparseLayers?: readonly SparseLayers[];
}

/** What a matrix of a transformer is for. */
export type MatrixPart = "ff" | "qkv" | "out";

/** A matrix of a model that can be sparse. */
export interface SparseMatrixPlace {
  /** The way to its layer in the model. */
  readonly name: string;
  /** `[outputs, inputs, ...kernel]`. */
  readonly shape: readonly number[];
  /** What it is for, in a transformer. */
  readonly part?: MatrixPart;
  /** Those that share a budget, by name; all by default. */
  readonly budget?: string;
}

/** The density and the pattern that a matrix shall have. */
export interface ChosenPattern {
  /** Share of its connections, from 0 to 1; 1 where it is dense. */
  readonly density: number;
  /** The pattern. */
  readonly pattern: PatternSpec;
}

/**
 * The patterns of the matrices of a model, by their names.
 *
 * @throws {RangeError} if a choice names no matrix, two name one, or a sparsity cannot be had.
 */
export function sparsePatterns(
  matrices: readonly SparseMatrixPlace[],
  { sparsity = 0, distribution, pattern, sparseLayers = EVERY }: Sparseness,
): Readonly<Record<string, ChosenPattern>> {
  const found = new Map<string, ChosenPattern>(
    matrices.map(({ name }) => [name, { density: 1, pattern: dense() }]),
  );
  for (const { chosen, own } of chosenFrom(matrices, sparseLayers)) {
    const fixed = own.pattern && fixedDensity(own.pattern(1));
    const patternOf = own.pattern ?? pattern;
    const share = own.sparsity ?? (fixed === undefined ? sparsity : 1 - fixed);
    const spread = fixed === undefined ? distribution : undefined;
    for (const some of groupBy(chosen, ({ budget = "" }) => budget).values()) {
      const densities = densitiesOf(some, share, spread);
      some.forEach(({ name }, i) => {
        const density = densities[i];
        if (density < 1) found.set(name, { density, pattern: patternOf(density) });
      });
    }
  }
  return Object.fromEntries(found);
}

/** Every layer that can be sparse. */
const EVERY: readonly SparseLayers[] = [{ layers: "all" }];

/** The patterns by the paths of matrices that begin in a module. */
export function patternsWithin(
  module: string,
  patterns: Readonly<Record<string, ChosenPattern>>,
): Readonly<Record<string, PatternSpec>> {
  return Object.fromEntries(
    Object.entries(patterns).flatMap(([name, { pattern }]) =>
      name.startsWith(`${module}.`) ? [[name.slice(module.length + 1), pattern]] : []
    ),
  );
}

/** The density that matrices have together, without those that were not chosen to be sparse. */
export function densityOfAll(
  matrices: readonly SparseMatrixPlace[],
  patterns: Readonly<Record<string, ChosenPattern>>,
): number {
  const [{ name: first }] = matrices;
  const { density } = patterns[first];
  // One density is that of all to the last bit.
  if (matrices.every(({ name }) => patterns[name].density === density)) return density;
  let active = 0, all = 0;
  for (const { name, shape } of matrices) {
    const size = shape.reduce((product, extent) => product * extent, 1);
    active += size * patterns[name].density;
    all += size;
  }
  return active / all;
}

function densitiesOf(
  matrices: readonly SparseMatrixPlace[],
  sparsity: number,
  distribution: Distribution | undefined,
): number[] {
  if (sparsity === 0) return matrices.map(() => 1);
  if (distribution !== undefined) return layerDensities(matrices, { sparsity, distribution });
  if (sparsity > 0 && sparsity < 1) return matrices.map(() => 1 - sparsity);
  throw new RangeError(`Cannot use sparsity ${sparsity}: expected a share in [0, 1)`);
}

/** The matrices of each choice. */
function chosenFrom(matrices: readonly SparseMatrixPlace[], choices: readonly SparseLayers[]) {
  const taken = new Map<string, string>();
  return choices.map((own) => {
    const texts = typeof own.layers === "string" ? [own.layers] : own.layers;
    const called = texts.join(", ");
    const matches = texts.map(matcherOf);
    const chosen = matrices.filter((matrix) => matches.some((match) => match(matrix)));
    const stray = texts.find((_, i) => !matrices.some(matches[i]));
    if (stray !== undefined || chosen.length === 0) refuseName(stray ?? called, matrices);
    for (const { name } of chosen) {
      const other = taken.get(name);
      if (other !== undefined) {
        throw new RangeError(
          `Cannot make the layers "${called}" sparse: "${name}" is of "${other}" too; expected each layer once`,
        );
      }
      taken.set(name, called);
    }
    return { chosen, own };
  });
}

function matcherOf(text: string): (matrix: SparseMatrixPlace) => boolean {
  if (text === "all") return () => true;
  const pattern = pathPattern(text);
  return ({ name, part }) => part === text || pattern.test(name) || pattern.test(`${name}.weight`);
}

function refuseName(text: string, matrices: readonly SparseMatrixPlace[]): never {
  const parts = new Set(matrices.flatMap(({ part }) => part === undefined ? [] : [part]));
  throw new RangeError(
    `Cannot make the layers "${text}" sparse: no layer of the model that can be is called so; expected ${
      [...parts, "all"].join(", ")
    }, or a path (* for a part of one, ** for any) of ${
      matrices.map(({ name }) => name).join(", ")
    }`,
  );
}

/**
 * The six matrices of each block of a transformer.
 *
 * @param sizes Of the blocks.
 * @param names The way to a block, and what the names of the feed-forward part begin with in it.
 */
export function transformerMatrices(
  { layers, features, intermediate }: {
    readonly layers: number;
    readonly features: number;
    readonly intermediate: number;
  },
  { path, ff = "" }: { readonly path: (layer: number) => string; readonly ff?: string },
): SparseMatrixPlace[] {
  return Array.from({ length: layers }, (_, layer) => {
    const of = (part: MatrixPart, name: string, shape: readonly number[]): SparseMatrixPlace => ({
      name: `${path(layer)}.${name}`,
      shape,
      part,
      budget: path(layer),
    });
    const square = [features, features];
    return [
      ...["query", "key", "value"].map((name) => of("qkv", `attention.${name}`, square)),
      of("out", "attention.output", square),
      of("ff", `${ff}intermediate`, [intermediate, features]),
      of("ff", `${ff}output`, [features, intermediate]),
    ];
  }).flat();
}
