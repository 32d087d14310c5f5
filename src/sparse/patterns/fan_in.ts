/**
 * Constant fan-in: every live row has the same number of distinct inputs (Lasby et al., ICLR 2024).
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
import { type Density, type FanIn, fanInSize, type PatternSpec, sizeIn } from "../spec.ts";

/** Every live row has the same number of inputs, distinct ones unless they are drawn with replacement. */
export interface FanInSpec extends PatternSpec, ListOptions {
  /** Which pattern it is. */
  readonly kind: "fanIn";
  /** Either inputs per row, or the share of connections that exist. */
  readonly size: FanIn | Density;
}

/**
 * Every live row has the same number of distinct inputs: `k`, or as many as a share `density` of
 * all connections allows. (Constant fan-in: Lasby et al., ICLR 2024.)
 *
 * @param options.full Whether all rows are live, always. Default false.
 * @param options.replacement Whether a row may have an input more than once. Default false.
 * @example
 * ```ts
 * import { fanIn } from "@filigree/filigree";
 *
 * console.assert(fanIn(8).kind === "fanIn" && fanIn({ density: 0.1 }).kind === "fanIn");
 * ```
 * @throws {RangeError} if `k` is not a positive integer or `density` is not in (0, 1].
 */
export function fanIn(size: number | FanIn | Density, options: ListOptions = {}): FanInSpec {
  return { kind: "fanIn", size: fanInSize(size), ...listOptions(options) };
}

registerPattern<FanInSpec>({
  kind: "fanIn",
  names: ["fan-in", "fan-in-replacement"],
  parse(name, density) {
    const [own, options] = optionsNamed(name);
    if (own === "fan-in") return fanIn({ density }, options);
    const [, inputs] = /^fan-in:(\d+)$/.exec(own) ?? [];
    return inputs === undefined ? undefined : fanIn(Number(inputs), { ...options, full: true });
  },
  nameOf: (spec) => withOptions("fan-in", spec),
  read: (spec) => fanIn(sizeIn(spec), listOptionsIn(spec)),
  constraint,
});

function constraint({ size, ...options }: FanInSpec): Constraint {
  return {
    ...equalLists(options),
    unit: { height: 1, width: 1 },
    norm: NORM.l1,
    budget: (shape) => budgetOf(size, shape, "fan-in", shape.lists),
  };
}
