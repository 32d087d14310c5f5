/**
 * Every column of `x` [rows, columns] normalised over its rows: `y[r, c] = (x[r, c] - m[c]) * d[c] * gain[r] + bias[r]`, with the mean
 * `m` and the variance `v` of a column and `d = 1 / sqrt(v + epsilon)`. Where `centred` is 0, `m` is 0 and `v` the mean square.
 * Where `shifted` is 0, nothing is added and `bias` is not read. `statistics` [2, columns] are `m`, then `d`.
 *
 * @module
 */
import type { Dispatch, Kernel, Params, Traits } from "../../device/kernel.ts";
import { overItems, stepping } from "./grid.ts";
import { partsOf } from "./parts.ts";

/** Rows of a part of a column, for which there is an invocation. */
const PART = 64;

/**
 * The dispatches of what is known of columns: of the parts of each, then of whole ones; and then `main` over the elements.
 *
 * @param loops How many loops of an invocation go through the rows of a part, and through the parts.
 */
export function normDispatches(
  { rows, columns }: Params,
  traits: Traits,
  loops: number,
): readonly Dispatch[] {
  const { size, count } = partsOf(rows, PART);
  return [
    ...stepping(loops * (size + 1), overItems(count * columns, traits), "parts"),
    ...stepping(loops * (count + 1), overItems(columns, traits), "join"),
    ...stepping(0, overItems(rows * columns, traits)),
  ].map((dispatch) => ({ ...dispatch, constants: { PART: size } }));
}

/** Bytes of two numbers for every part of a column, and for every column. */
export function normScratch({ rows, columns }: Params): number {
  return 8 * (partsOf(rows, PART).count + 1) * columns;
}

/** The kernel `feature_norm`. */
export const featureNorm: Kernel = {
  name: "feature_norm",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "gain", access: "read", type: "f32" },
    { name: "bias", access: "read", type: "f32" },
    { name: "statistics", access: "write", type: "f32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "columns", type: "u32" },
    { name: "epsilon", type: "f32" },
    { name: "centred", type: "u32" },
    { name: "shifted", type: "u32" },
  ],
  gpu: {
    dispatches: (p, traits) => normDispatches(p, traits, 2),
    scratch: normScratch,
  },
};
