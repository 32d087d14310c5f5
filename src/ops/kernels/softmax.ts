/**
 * The softmax of columns that `cross_entropy` and its gradient share on WebGPU: a column of many classes is cut into parts,
 * as `wgsl/shared/softmax.wgsl` says.
 *
 * @module
 */
import type { Dispatch, Params, Traits } from "../../device/kernel.ts";
import { overItems, stepping } from "./grid.ts";
import { inParts, partsOf } from "./parts.ts";

/** Classes of a part. */
export const CLASS_PART = 1024;

/** Bytes of what the softmax of a part is made of: the largest logit and two sums. */
const SOFTMAX_BYTES = 12;

/**
 * An invocation for each column; where they are cut, one for each part of a column, then one for each column, then
 * `cut` of them.
 *
 * @param loops How many loops of an invocation go through the classes of a part.
 * @param cut Invocations that finish columns which are cut, and how many loops of each go through the classes of a part.
 */
export function softmaxDispatches(
  p: Params,
  traits: Traits,
  loops: number,
  cut: { readonly items: number; readonly loops: number },
): readonly Dispatch[] {
  const { classes, columns } = p;
  const parts = partsOf(classes, CLASS_PART);
  return inParts(
    parts,
    stepping(loops * (classes + 1), overItems(columns, traits)),
    [
      ...stepping(2 * (parts.size + 1), overItems(parts.count * columns, traits), "parts"),
      ...stepping(2 * (parts.count + 1), overItems(columns, traits), "join"),
      ...stepping(cut.loops * (parts.size + 1), overItems(cut.items, traits)),
    ],
  );
}

/** Bytes of the softmax of every part, and of every column. */
export function softmaxScratch({ classes, columns }: Params): number {
  const { count } = partsOf(classes, CLASS_PART);
  return count > 1 ? SOFTMAX_BYTES * (count + 1) * columns : 16;
}
