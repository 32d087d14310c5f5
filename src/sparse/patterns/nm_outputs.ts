/**
 * N:M along the outputs: exactly n of every m consecutive outputs of every input, the segments of a column.
 *
 * It is for a dense weight under a mask, which is chosen anew at every step: what rewires lists of inputs would not keep it. Its
 * lists have any length, as those of single connections anywhere.
 *
 * @module
 */
import { LIST_TILE } from "../../device/kernel.ts";
import { NORM } from "../../ops/kernels/constants.ts";
import { raggedCapacity } from "../capacity.ts";
import { type Columns, type Constraint, registerPattern } from "../constraint.ts";
import { equalShare, wholeLists } from "../lists.ts";
import { fieldOf, type PatternSpec } from "../spec.ts";
import { connectionsPerRow, nm, segmentsOf } from "./nm.ts";

/**
 * Exactly n of every m consecutive outputs of every input. Where m does not divide the outputs, the last segment has the
 * remaining t outputs and `ceil(n * t / m)` connections.
 */
export interface NmOutputsSpec extends PatternSpec {
  /** Which pattern it is. */
  readonly kind: "nmOutputs";
  /** Connections in a segment. */
  readonly n: number;
  /** Outputs in a segment, at most 256. */
  readonly m: number;
}

/**
 * Exactly `n` of every `m` consecutive outputs of every input, for weights of the storage `"masked"`. Where `m` does not divide the
 * outputs, the last segment has the remaining `t` outputs and `ceil(n * t / m)` connections.
 *
 * @example
 * ```ts
 * import { nmOutputs, nn } from "@filigree/filigree";
 *
 * const layer = nn.linear(64, 32, { pattern: nmOutputs(1, 4), storage: "masked" });
 * console.assert(layer.weights[0].sparse?.budget === 64 * 32 / 4);
 * ```
 * @throws {RangeError} unless `1 <= n <= m <= 256`.
 */
export function nmOutputs(n: number, m: number): NmOutputsSpec {
  return { ...nm(n, m), kind: "nmOutputs" };
}

registerPattern<NmOutputsSpec>({
  kind: "nmOutputs",
  names: ["N:M-outputs"],
  parse(name) {
    const [, n, m] = /^(\d+):(\d+)-outputs$/.exec(name) ?? [];
    return n === undefined ? undefined : nmOutputs(Number(n), Number(m));
  },
  nameOf: ({ n, m }) => `${n}:${m}-outputs`,
  read: (spec) => nmOutputs(Number(fieldOf(spec, "n")), Number(fieldOf(spec, "m"))),
  fixedDensity: ({ n, m }) => n / m,
  constraint,
});

function constraint({ n, m }: NmOutputsSpec): Constraint {
  const segments = (rows: number) => segmentsOf(nm(n, m), rows);
  const columns = (rows: number): Columns => ({ segment: m, each: n, last: segments(rows).last });
  return {
    unit: { height: 1, width: 1 },
    norm: NORM.l1,
    tile: LIST_TILE,
    refill: "anywhere",
    mayEmpty: true,
    budget: ({ rows, inputs }) => inputs * connectionsPerRow(segments(rows)),
    capacities: ({ lists, entries }, budget) => ({
      capacity: raggedCapacity(lists, entries, budget, LIST_TILE),
      viewCapacity: raggedCapacity(entries, lists, budget, LIST_TILE),
    }),
    parts: wholeLists,
    share: equalShare,
    candidates: ({ entries }) => entries,
    columns,
  };
}
