/**
 * A pattern of one's own: bank-balanced sparsity (Cao et al., FPGA 2019). The inputs are divided into equal banks, and every
 * row has the same number of inputs in each. Unlike those of N:M, banks are longer than a byte can count.
 *
 * @module
 */
import { LIST_TILE, roundUp } from "../src/device/kernel.ts";
import { NORM } from "../src/ops/kernels/constants.ts";
import { raggedCapacity, type UnitShape } from "../src/sparse/capacity.ts";
import { type PartShare, registerPattern } from "../src/sparse/constraint.ts";
import { usualCandidates } from "../src/sparse/lists.ts";
import { fieldOf, type PatternSpec } from "../src/sparse/spec.ts";

/** `each` inputs in each of `banks` banks of a row. */
export interface BankSpec extends PatternSpec {
  readonly kind: "banks";
  readonly banks: number;
  readonly each: number;
}

/** Every row has `each` inputs in each of `banks` equal banks of the inputs; in a shorter last one as many as fit. */
export function bankBalanced(banks: number, each: number): BankSpec {
  return { kind: "banks", banks, each };
}

registerPattern<BankSpec>({
  kind: "banks",
  names: ["banks-B-K such as banks-4-8"],
  parse(name) {
    const [, banks, each] = /^banks-(\d+)-(\d+)$/.exec(name) ?? [];
    return banks === undefined ? undefined : bankBalanced(Number(banks), Number(each));
  },
  nameOf: ({ banks, each }) => `banks-${banks}-${each}`,
  read: (spec) => bankBalanced(Number(fieldOf(spec, "banks")), Number(fieldOf(spec, "each"))),
  constraint(spec) {
    const lengthOf = ({ entries }: Pick<UnitShape, "entries">) => Math.ceil(entries / spec.banks);
    const countOf = (shape: UnitShape) => Math.ceil(shape.entries / lengthOf(shape));
    const shareOf = (shape: UnitShape): PartShare => {
      const length = lengthOf(shape);
      const rest = shape.entries - (countOf(shape) - 1) * length;
      return { each: Math.min(spec.each, length), last: Math.min(spec.each, rest) };
    };
    return {
      unit: { height: 1, width: 1 },
      norm: NORM.l1,
      tile: LIST_TILE,
      turned: true,
      refill: "part",
      mayEmpty: false,
      budget(shape) {
        const { each, last } = shareOf(shape);
        return shape.lists * ((countOf(shape) - 1) * each + last);
      },
      capacities: ({ lists, entries }, budget) => ({
        capacity: lists * roundUp(budget / lists, LIST_TILE),
        viewCapacity: raggedCapacity(entries, lists, budget, LIST_TILE),
      }),
      parts: (shape) => ({
        count: shape.lists * countOf(shape),
        perList: countOf(shape),
        segment: lengthOf(shape),
      }),
      share: shareOf,
      candidates: (geometry, fraction) =>
        Math.min(lengthOf(geometry), usualCandidates(spec.each, fraction)),
    };
  },
});
