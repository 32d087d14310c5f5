/**
 * Dispatches of the simple kernels: one workgroup size, grids folded into two dimensions.
 *
 * @module
 */
import type { Dispatch, Params, Traits } from "../../device/kernel.ts";

/** Invocations in a workgroup of the simple kernels. */
const GROUP = 64;

/** Steps in which `sum_lanes` of `wgsl/shared/lanes.wgsl` adds up the invocations of a workgroup. */
export const LANE_STEPS = 7;

/** Dispatches whose loops take `steps` steps together, of another entry point where one is named. */
export function stepping(
  steps: number,
  dispatches: readonly Dispatch[],
  entry?: string,
): readonly Dispatch[] {
  return dispatches.map((dispatch) => ({
    ...dispatch,
    steps,
    ...(entry !== undefined && { entry }),
  }));
}

/** `count` workgroups; a kernel finds its number as `group.y * groups.x + group.x` and guards the rest. */
export function overGroups(count: number, traits: Traits): readonly Dispatch[] {
  if (count === 0) return [];
  const y = Math.ceil(count / traits.maxGroups);
  return [{ entry: "main", groups: [Math.ceil(count / y), y, 1] }];
}

/** An invocation for each of `count` items. */
export function overItems(count: number, traits: Traits): readonly Dispatch[] {
  return overGroups(Math.ceil(count / GROUP), traits);
}

/** An invocation for every four of `count` elements. */
export function overVectors(count: number, traits: Traits): readonly Dispatch[] {
  return overItems(Math.ceil(count / 4), traits);
}

/** One workgroup. */
export function oneGroup(): readonly Dispatch[] {
  return [{ entry: "main", groups: [1, 1, 1] }];
}

/**
 * Vectors of columns that an invocation of a product holds on software, which runs eight invocations as one and pays for
 * every load: as many as leave eight invocations along the batch. Columns come in multiples of 32.
 */
export function softwareVectors(columns: number): number {
  return columns >= 256 ? 8 : 4;
}

/** Invocations that keep a graphics processor busy. */
const BUSY = 2 ** 17;

/** Vectors of columns that one holds on hardware, which rather has enough invocations than many vectors in each: by reasoning, never timed. */
export function hardwareVectors({ rows, columns }: Params): number {
  const fits = [4, 2].filter((vectors) => columns % (4 * vectors) === 0);
  return fits.find((vectors) => rows * columns >= 4 * vectors * BUSY) ?? 1;
}

/** Operations below which a call is small, and from which on it is large. */
const SIZES = { medium: 2 ** 24, large: 2 ** 28 } as const;

/** How much work `flops` floating-point operations are. */
export function sizeClass(flops: number): "small" | "medium" | "large" {
  if (flops < SIZES.medium) return "small";
  return flops < SIZES.large ? "medium" : "large";
}

/** The class of a product over lists of connections: how much work it is, and whether lists are long. */
export function listClass({ rows, columns, capacity }: Params): string {
  const lists = capacity >= 64 * rows ? "long" : "short";
  return `${sizeClass(2 * capacity * columns)} ${lists}`;
}
