/**
 * What pattern a layer should have, whatever its shape: the constraint that its connections obey.
 *
 * @module
 */

/** How much of a matrix exists: a share of all its connections. */
export interface Density {
  /** Share of all connections, in (0, 1]. */
  readonly density: number;
}

/** Inputs of every live row. */
export interface FanIn {
  /** Inputs per row, at least 1. */
  readonly k: number;
}

/** Every connection exists; stored and multiplied as a dense matrix. */
export interface DenseSpec {
  /** Discriminates the union. */
  readonly kind: "dense";
}

/** Every live row has the same number of distinct inputs. */
export interface FanInSpec {
  /** Discriminates the union. */
  readonly kind: "fanIn";
  /** Either inputs per row, or the share of connections that exist. */
  readonly size: FanIn | Density;
}

/** Sizes that a group of rows can have. */
export type GroupSize = 4 | 8 | 16 | 32;

/** Sizes that a block can have. */
export type BlockSize = 1 | 4 | 8 | 16 | 32;

/** How the weights of a group slot make its score. */
export type GroupScore = "mean" | "max";

/** How the weights of a block make its score. */
export type BlockScore = "l1" | "l2" | "linf";

/** Groups of neighbouring rows that read the same inputs; every live group has the same number of them. */
export interface GroupFanInSpec {
  /** Discriminates the union. */
  readonly kind: "groupFanIn";
  /** Either inputs per row, or the share of connections that exist. */
  readonly size: FanIn | Density;
  /** Rows in a group; a last group may have fewer. */
  readonly group: GroupSize;
  /** What drop and growth compare: of magnitudes over the group. */
  readonly score: GroupScore;
}

/** Square blocks anywhere in the matrix. */
export interface BlockSpec {
  /** Discriminates the union. */
  readonly kind: "block";
  /** The share of blocks that exist. */
  readonly size: Density;
  /** Rows and inputs of a block; 1 is an unstructured matrix. Blocks at the edges may reach over them. */
  readonly block: BlockSize;
  /** What drop and growth compare: a norm over the block. */
  readonly score: BlockScore;
}

/**
 * Exactly n of every m consecutive inputs of every row. Where m does not divide the inputs, the last segment has the
 * remaining t inputs and `ceil(n * t / m)` connections: the same share, rounded up.
 */
export interface NmSpec {
  /** Discriminates the union. */
  readonly kind: "nm";
  /** Connections in a segment. */
  readonly n: number;
  /** Inputs in a segment, at most 256. */
  readonly m: number;
}

/** What pattern a sparse layer should have. */
export type SparseSpec = FanInSpec | GroupFanInSpec | BlockSpec | NmSpec;

/** What pattern a layer should have. */
export type PatternSpec = DenseSpec | SparseSpec;

/** Most inputs in a segment of an N:M pattern: a place inside it takes a byte at most. */
const WIDEST_SEGMENT = 256;

/**
 * Every connection exists.
 *
 * @example
 * ```ts
 * import { dense, nn } from "@filigree/filigree";
 *
 * const [{ sparse }] = nn.linear(4, 2, { pattern: dense() }).weights;
 * console.assert(sparse === undefined);
 * ```
 */
export function dense(): DenseSpec {
  return { kind: "dense" };
}

/**
 * Every live row has the same number of distinct inputs: `k`, or as many as a share `density` of
 * all connections allows. (Constant fan-in: Lasby et al., ICLR 2024.)
 *
 * @example
 * ```ts
 * import { fanIn } from "@filigree/filigree";
 *
 * console.assert(fanIn(8).kind === "fanIn" && fanIn({ density: 0.1 }).kind === "fanIn");
 * ```
 * @throws {RangeError} if `k` is not a positive integer or `density` is not in (0, 1].
 */
export function fanIn(size: number | FanIn | Density): FanInSpec {
  return { kind: "fanIn", size: fanInSize(size) };
}

/**
 * Every `group` neighbouring rows read the same inputs: `k`, or as many as a share `density` of all connections
 * allows. One index list serves the group, and so does every input that is read.
 *
 * @param options.score What makes a slot's score out of its weights, and out of its gradients. Default "mean".
 * @example
 * ```ts
 * import { groupFanIn } from "@filigree/filigree";
 *
 * const spec = groupFanIn({ density: 0.05 }, 16, { score: "max" });
 * console.assert(spec.group === 16);
 * ```
 * @throws {RangeError} if `k`, `density` or `group` is not to be had.
 */
export function groupFanIn(
  size: number | FanIn | Density,
  group: GroupSize,
  options: { readonly score?: GroupScore } = {},
): GroupFanInSpec {
  requireOneOf("group", group, [4, 8, 16, 32]);
  const { score = "mean" } = options;
  requireOneOf("score", score, ["mean", "max"]);
  return { kind: "groupFanIn", size: fanInSize(size), group, score };
}

/**
 * Blocks of `size` by `size` connections anywhere in the matrix; 1 is an unstructured matrix, whose rows have any
 * number of inputs.
 *
 * @param options.density Share of the blocks that exist, in (0, 1].
 * @param options.score The norm that drop and growth compare. Default "l1".
 * @example
 * ```ts
 * import { block } from "@filigree/filigree";
 *
 * console.assert(block(16, { density: 0.1 }).block === 16);
 * ```
 * @throws {RangeError} if the size or the density is not to be had.
 */
export function block(
  size: BlockSize,
  options: Density & { readonly score?: BlockScore },
): BlockSpec {
  requireOneOf("block", size, [1, 4, 8, 16, 32]);
  const { density, score = "l1" } = options;
  requireDensity(density);
  requireOneOf("score", score, ["l1", "l2", "linf"]);
  return { kind: "block", size: { density }, block: size, score };
}

/**
 * Exactly `n` of every `m` consecutive inputs of every row. Where `m` does not divide the inputs, the last segment has the
 * remaining `t` inputs and `ceil(n * t / m)` connections.
 *
 * @example
 * ```ts
 * import { nm } from "@filigree/filigree";
 *
 * console.assert(nm(2, 4).n === 2);
 * ```
 * @throws {RangeError} unless `1 <= n <= m <= 256`.
 */
export function nm(n: number, m: number): NmSpec {
  const whole = Number.isInteger(n) && Number.isInteger(m);
  if (!(whole && n >= 1 && n <= m && m <= WIDEST_SEGMENT)) {
    throw new RangeError(
      `Cannot use pattern ${n}:${m}: expected integers 1 <= n <= m <= ${WIDEST_SEGMENT}`,
    );
  }
  return { kind: "nm", n, m };
}

/**
 * A pattern for people: "fan-in", "group-16", "block-4", "2:4", "dense".
 *
 * @example
 * ```ts
 * import { groupFanIn, nm, patternName } from "@filigree/filigree";
 *
 * console.assert(patternName(nm(2, 4)) === "2:4");
 * console.assert(patternName(groupFanIn(8, 16)) === "group-16");
 * ```
 */
export function patternName(spec: PatternSpec): string {
  switch (spec.kind) {
    case "dense":
      return "dense";
    case "fanIn":
      return "fan-in";
    case "groupFanIn":
      return `group-${spec.group}`;
    case "block":
      return `block-${spec.block}`;
    case "nm":
      return `${spec.n}:${spec.m}`;
  }
}

function fanInSize(size: number | FanIn | Density): FanIn | Density {
  const given = typeof size === "number" ? { k: size } : size;
  if ("density" in given) {
    requireDensity(given.density);
    return { density: given.density };
  }
  if (!(Number.isInteger(given.k) && given.k >= 1)) {
    throw new RangeError(
      `Cannot use fan-in ${given.k}: a row needs whole inputs; expected an integer of at least 1`,
    );
  }
  return { k: given.k };
}

function requireDensity(density: number): void {
  if (density > 0 && density <= 1) return;
  throw new RangeError(
    `Cannot use density ${density}: it is a share of all connections; expected 0 < density <= 1`,
  );
}

function requireOneOf<T>(what: string, value: T, allowed: readonly T[]): void {
  if (allowed.includes(value)) return;
  throw new RangeError(`Cannot use ${what} ${value}: expected one of ${allowed.join(", ")}`);
}
