/**
 * Groups of neighbouring rows that read the same inputs; every live group has the same number of them.
 *
 * @module
 */
import { NORM } from "../../ops/kernels/constants.ts";
import { budgetOf } from "../capacity.ts";
import { type Constraint, registerPattern } from "../constraint.ts";
import {
  equalLists,
  type ListOptions,
  listOptions,
  listOptionsIn,
  optionsNamed,
  withOptions,
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
 * @param options.replacement Whether a group may have an input more than once. Default false.
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
  names: [...GROUPS.map((group) => `group-${group}`), "group-N-replacement"],
  parse(name, density) {
    const [own, options] = optionsNamed(name);
    const [, rows, , inputs] = /^group-(\d+)(:(\d+))?$/.exec(own) ?? [];
    const group = GROUPS.find((known) => rows === String(known));
    if (group === undefined) return undefined;
    if (inputs === undefined) return groupFanIn({ density }, group, options);
    return groupFanIn(Number(inputs), group, { ...options, full: true });
  },
  nameOf: (spec) => withOptions(`group-${spec.group}`, spec),
  read: (spec) =>
    groupFanIn(sizeIn(spec), oneOf("group", fieldOf(spec, "group"), GROUPS), {
      score: oneOf("score", fieldOf(spec, "score"), SCORES),
      ...listOptionsIn(spec),
    }),
  constraint,
});

function constraint({ size, group, score, ...options }: GroupFanInSpec): Constraint {
  return {
    ...equalLists(options),
    unit: { height: group, width: 1 },
    norm: NORM[score],
    budget: (shape) => budgetOf(size, shape, `group-${group}`, shape.lists),
  };
}
