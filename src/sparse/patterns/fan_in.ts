/**
 * Constant fan-in: every live row has the same number of distinct inputs (Lasby et al., ICLR 2024).
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
import { type Density, type FanIn, fanInSize, type PatternSpec, sizeIn } from "../spec.ts";

/** Every live row has the same number of distinct inputs. */
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
  names: ["fan-in"],
  parse(name, density) {
    if (name === "fan-in") return fanIn({ density });
    const [, inputs] = /^fan-in:(\d+)$/.exec(name) ?? [];
    return inputs === undefined ? undefined : fanIn(Number(inputs), { full: true });
  },
  nameOf: () => "fan-in",
  read: (spec) => fanIn(sizeIn(spec), fullIn(spec)),
  constraint,
});

function constraint({ size, full = false }: FanInSpec): Constraint {
  return {
    unit: { height: 1, width: 1 },
    norm: NORM.l1,
    tile: LIST_TILE,
    refill: "part",
    mayEmpty: !full,
    budget: (shape) => budgetOf(size, shape, "fan-in", shape.lists),
    capacities: full ? fullCapacities : equalCapacities,
    parts: wholeLists,
    share: full ? fullShare : equalShare,
    candidates: candidatesOfLists,
  };
}
