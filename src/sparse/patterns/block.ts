/**
 * Square blocks anywhere in the matrix; blocks of one are an unstructured matrix.
 *
 * @module
 */
import { LIST_TILE } from "../../device/kernel.ts";
import { NORM } from "../../ops/kernels/constants.ts";
import { budgetOf, raggedCapacity } from "../capacity.ts";
import { type Constraint, registerPattern } from "../constraint.ts";
import { equalShare, usualCandidates, wholeLists } from "../lists.ts";
import { type Density, fieldOf, oneOf, type PatternSpec, requireDensity, sizeIn } from "../spec.ts";

/** Sizes that a block can have. */
export type BlockSize = 1 | 4 | 8 | 16 | 32;

/** How the weights of a block make its score. */
export type BlockScore = "l1" | "l2" | "linf";

/** Square blocks anywhere in the matrix. */
export interface BlockSpec extends PatternSpec {
  /** Which pattern it is. */
  readonly kind: "block";
  /** The share of blocks that exist. */
  readonly size: Density;
  /** Rows and inputs of a block; 1 is an unstructured matrix. Blocks at the edges may reach over them. */
  readonly block: BlockSize;
  /** What drop and growth compare: a norm over the block. */
  readonly score: BlockScore;
}

const SIDES: readonly BlockSize[] = [1, 4, 8, 16, 32];
const NORMS: Readonly<Record<BlockScore, number>> = { l1: NORM.l1, l2: NORM.l2, linf: NORM.max };
const SCORES: readonly BlockScore[] = ["l1", "l2", "linf"];

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
  oneOf("block", size, SIDES);
  const { density, score = "l1" } = options;
  requireDensity(density);
  oneOf("score", score, SCORES);
  return { kind: "block", size: { density }, block: size, score };
}

registerPattern<BlockSpec>({
  kind: "block",
  names: SIDES.map((side) => `block-${side}`),
  parse(name, density) {
    const side = SIDES.find((known) => name === `block-${known}`);
    return side === undefined ? undefined : block(side, { density });
  },
  nameOf: ({ block: side }) => `block-${side}`,
  read(spec) {
    const size = sizeIn(spec);
    return block(oneOf("block", fieldOf(spec, "block"), SIDES), {
      density: "density" in size ? size.density : NaN,
      score: oneOf("score", fieldOf(spec, "score"), SCORES),
    });
  },
  constraint,
});

function constraint({ size, block: side, score }: BlockSpec): Constraint {
  // A block is a vector long already; padding lists of them would cost more than it aligns.
  const tile = side === 1 ? LIST_TILE : 1;
  return {
    unit: { height: side, width: side },
    norm: NORMS[score],
    tile,
    refill: "anywhere",
    mayEmpty: true,
    budget: (shape) => budgetOf(size, shape, `block-${side}`, 1),
    capacities: ({ lists, entries }, budget) => ({
      capacity: raggedCapacity(lists, entries, budget, tile),
      viewCapacity: raggedCapacity(entries, lists, budget, tile),
    }),
    parts: wholeLists,
    share: equalShare,
    candidates: (geometry, fraction) =>
      Math.min(
        geometry.entries,
        usualCandidates(equalShare(geometry, geometry.lists).each, fraction),
      ),
  };
}
