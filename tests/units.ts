/**
 * Matrices of units for tests: group slots and blocks, with edges that a unit reaches over.
 *
 * @module
 */
import fc from "fast-check";
import { LIST_TILE } from "../src/device/kernel.ts";
import {
  drawLists,
  extents,
  type Lists,
  type PatternShape,
  type Source,
  type Style,
} from "./arbitraries.ts";

/** A matrix of units. `rows` and `inputs` count connections, `k` and `tail` count units. */
export interface UnitShape extends PatternShape {
  /** Rows of a unit. */
  readonly height: number;
  /** Inputs of a unit. */
  readonly width: number;
}

/** What a slot of a matrix can stand for. */
export type Unit = Pick<UnitShape, "height" | "width">;

/** Group slots of every size. */
export const GROUP_SLOTS: readonly Unit[] = [4, 8, 16, 32].map((height) => ({ height, width: 1 }));

/** Blocks of every size. */
export const SQUARES: readonly Unit[] = [4, 8, 16, 32].map((size) => ({
  height: size,
  width: size,
}));

/** Lists begin at multiples of this: blocks are vectors already. */
export function tileOf({ width }: Unit): number {
  return width === 1 ? LIST_TILE : 1;
}

/** Draws the lists of a matrix of units: one for each row of units, of columns of units. */
export function drawUnitLists(source: Source, shape: UnitShape): Lists {
  const rows = Math.ceil(shape.rows / shape.height);
  const inputs = Math.ceil(shape.inputs / shape.width);
  const k = shape.k === "ragged" ? shape.k : Math.min(shape.k, inputs);
  return drawLists(source, { ...shape, rows, inputs, k }, tileOf(shape));
}

/** Values [slots, width, height]: drawn on connections, 0 on padding, tail and whatever lies outside the matrix. */
export function drawUnitValues(
  source: Source,
  { span, index }: Lists,
  { rows, inputs, height, width }: Pick<UnitShape, "rows" | "inputs" | "height" | "width">,
  style: Style = "normal",
): Float32Array {
  const values = new Float32Array(index.length * height * width);
  for (let row = 0; row < rows; row++) {
    const list = Math.floor(row / height);
    for (let slot = span[2 * list]; slot < span[2 * list + 1]; slot++) {
      const within = Math.min(width, inputs - index[slot] * width);
      source.floats(within, style).forEach((value, c) => {
        values[(slot * width + c) * height + row % height] = value;
      });
    }
  }
  return values;
}

/** Shapes of matrices of one of the `units`. */
export function unitShapes(
  units: readonly Unit[],
  maxRows: number,
  maxInputs: number,
): fc.Arbitrary<UnitShape> {
  return fc.tuple(fc.constantFrom(...units), extents(maxRows), extents(maxInputs)).chain((
    [unit, rows, inputs],
  ) =>
    fc.record({
      rows: fc.constant(rows),
      inputs: fc.constant(inputs),
      height: fc.constant(unit.height),
      width: fc.constant(unit.width),
      k: fc.oneof(
        fc.integer({ min: 0, max: Math.ceil(inputs / unit.width) }),
        fc.constant("ragged" as const),
      ),
      empty: fc.constantFrom(0, 0.1, 0.9),
      tail: fc.constantFrom(0, 1, 4, 67),
    })
  );
}
