/**
 * Groups of neighbouring rows that read the same inputs; every live group has the same number of them.
 *
 * @module
 */
import { LIST_TILE } from "../../device/kernel.ts";
import { NORM } from "../../ops/kernels/constants.ts";
import { budgetOf, equalCapacities, fullCapacities } from "../capacity.ts";
import { type Constraint, registerPattern } from "../constraint.ts";
import {
  candidatesOfLists,
  equalShare,
  fullIn,
  fullShare,
  type ListOptions,
  listOptions,
  wholeLists,
} from "../lists.ts";
import {
  type Density,
  type FanIn,
  fanInSize,
  fieldOf,
  oneOf,
  type PatternSpec,
  sizeIn,
} from "../spec.ts";

/** Sizes that a group of rows can have. */
export type GroupSize = 4 | 8 | 16 | 32;

/** How the weights of a group slot make its score. */
export type GroupScore = "mean" | "max";

/** Groups of neighbouring rows that read the same inputs; every live group has the same number of them. */
export interface GroupFanInSpec extends PatternSpec, ListOptions {
  /** Which pattern it is. */
  readonly kind: "groupFanIn";
  /** Either inputs per row, or the share of connections that exist. */
  readonly size: FanIn | Density;
  /** Rows in a group; a last group may have fewer. */
  readonly group: GroupSize;
  /** What drop and growth compare: of magnitudes over the group. */
  readonly score: GroupScore;
}

const GROUPS: readonly GroupSize[] = [4, 8, 16, 32];
const SCORES: readonly GroupScore[] = ["mean", "max"];

/**
 * Every `group` neighbouring rows read the same inputs: `k`, or as many as a share `density` of all connections
 * allows. One index list serves the group, and so does every input that is read.
 *
 * @param options.score What makes a slot's score out of its weights, and out of its gradients. Default "mean".
 * @param options.full Whether all groups are live, always. Default false.
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
  options: ListOptions & { readonly score?: GroupScore } = {},
): GroupFanInSpec {
  oneOf("group", group, GROUPS);
  const { score = "mean" } = options;
  oneOf("score", score, SCORES);
  return { kind: "groupFanIn", size: fanInSize(size), group, score, ...listOptions(options) };
}

registerPattern<GroupFanInSpec>({
  kind: "groupFanIn",
  names: GROUPS.map((group) => `group-${group}`),
  parse(name, density) {
    const [own, inputs] = name.split(":", 2);
    const group = GROUPS.find((known) => own === `group-${known}`);
    if (group === undefined || inputs === undefined) {
      return group === undefined ? undefined : groupFanIn({ density }, group);
    }
    return /^\d+$/.test(inputs) ? groupFanIn(Number(inputs), group, { full: true }) : undefined;
  },
  nameOf: ({ group }) => `group-${group}`,
  read: (spec) =>
    groupFanIn(sizeIn(spec), oneOf("group", fieldOf(spec, "group"), GROUPS), {
      score: oneOf("score", fieldOf(spec, "score"), SCORES),
      ...fullIn(spec),
    }),
  constraint,
});

function constraint({ size, group, score, full = false }: GroupFanInSpec): Constraint {
  return {
    unit: { height: group, width: 1 },
    norm: NORM[score],
    tile: LIST_TILE,
    refill: "part",
    mayEmpty: !full,
    budget: (shape) => budgetOf(size, shape, `group-${group}`, shape.lists),
    capacities: full ? fullCapacities : equalCapacities,
    parts: wholeLists,
    share: full ? fullShare : equalShare,
    candidates: candidatesOfLists,
  };
}
