/**
 * Labels of examples as a head of many labels takes them: an array of a batch.
 *
 * @module
 */
import type { ArraySpec } from "../source.ts";
import { type LabelRows, longestOf } from "./rows.ts";

/** The array of labels that a batch has. */
export interface LabelArray {
  /** `[most labels of an example]`, u32; the number of labels stands for none. */
  readonly spec: ArraySpec;
  /**
   * Writes the labels of examples.
   *
   * @param chosen Numbers of the examples.
   * @param into `[most, columns]`, with a column for each of them at least; columns behind them get none.
   */
  fill(chosen: ArrayLike<number>, into: Uint32Array): void;
}

/**
 * The labels of examples as `labelLoss` takes them: `[most, examples]`, ascending, filled up with the number of labels.
 *
 * @example
 * ```ts
 * import { labelArray } from "@filigree/filigree/files";
 *
 * const rows = { rows: 2, columns: 9, offsets: Uint32Array.of(0, 2, 3), labels: Uint32Array.of(4, 7, 1) };
 * const { spec, fill } = labelArray(rows);
 * const batch = new Uint32Array(2 * 32);
 * fill([1, 0], batch);
 * console.assert(spec.shape[0] === 2 && batch[0] === 1 && batch[1] === 4 && batch[33] === 7 && batch[32] === 9);
 * ```
 */
export function labelArray(rows: LabelRows): LabelArray {
  const { columns, offsets, labels } = rows;
  const most = longestOf(rows);
  return {
    spec: { shape: [most], type: "u32", below: columns + 1 },
    fill(chosen, into) {
      into.fill(columns);
      const stride = into.length / most;
      for (let c = 0; c < chosen.length; c++) {
        const begin = offsets[chosen[c]];
        const count = offsets[chosen[c] + 1] - begin;
        for (let i = 0; i < count; i++) into[i * stride + c] = labels[begin + i];
      }
    },
  };
}
