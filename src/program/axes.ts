/**
 * The axes of activations by name: features first, then positions, then examples. Images have rows and columns of pixels for
 * positions: height and width.
 *
 * @module
 */
import type { Shape } from "./tensor.ts";

/** Name of an axis. `height` and `width` are those of images, the positions of a tensor of four axes. */
export type AxisName = "features" | "positions" | "height" | "width" | "examples";

/** An axis: its name, or its place where a tensor has more positions than there are names. */
export type Axis = AxisName | number;

/** Names of the axes by their number. */
const NAMES: Readonly<Record<number, readonly AxisName[]>> = {
  2: ["features", "examples"],
  3: ["features", "positions", "examples"],
  4: ["features", "height", "width", "examples"],
};

/**
 * The place of an axis in a shape.
 *
 * @throws {RangeError} if the shape has no such axis.
 * @example
 * ```ts
 * import { axisOf } from "@filigree/filigree";
 *
 * console.assert(axisOf([64, 12, 128], "positions") === 1);
 * console.assert(axisOf([8, 12, 12, 128], 2) === 2);
 * ```
 */
export function axisOf(shape: Shape, axis: Axis): number {
  const names = NAMES[shape.length] ?? [];
  const place = typeof axis === "number" ? axis : names.indexOf(axis);
  if (Number.isInteger(place) && place >= 0 && place < shape.length) return place;
  const named = names.length > 0 ? `${names.join(", ")}, or ` : "";
  throw new RangeError(
    `Cannot find axis ${axis} of [${shape}]: expected ${named}a number below ${shape.length}`,
  );
}

/**
 * The place of an axis that is not the last one: examples lie side by side, and no operation but a loss mixes them.
 *
 * @param action What is done along it, for errors: "sum".
 * @throws {RangeError} if the shape has no such axis, or it is that of the examples.
 */
export function innerAxisOf(shape: Shape, axis: Axis, action: string): number {
  const place = axisOf(shape, axis);
  if (place < shape.length - 1) return place;
  throw new RangeError(
    `Cannot ${action} along axis ${axis} of [${shape}]: that is the axis of the examples; expected one before it`,
  );
}

/** Elements of some axes together. */
export function extentOf(shape: Shape): number {
  return shape.reduce((product, n) => product * n, 1);
}
