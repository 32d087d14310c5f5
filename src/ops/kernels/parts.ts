/**
 * Lines of many elements are cut into parts on WebGPU: an invocation or a workgroup goes through a part, others put the
 * results together. So no loop takes more steps than software allows, rounding adds up over a part and over the parts, not
 * over the line, and there is work for many.
 *
 * @module
 */
import type { Dispatch } from "../../device/kernel.ts";

/** How a line is cut. */
export interface Parts {
  /** Elements of a part, but for the last one. */
  readonly size: number;
  /** How many there are. */
  readonly count: number;
}

/** Most parts of a line: two loops go through them. */
const MOST_PARTS = 2 ** 14;

/** Cuts a line of `length` elements into parts of `size`, or into larger ones where they would be too many. */
export function partsOf(length: number, size: number): Parts {
  const large = size * Math.ceil(length / (size * MOST_PARTS));
  const fits = Math.max(large, size);
  return { size: fits, count: Math.ceil(length / fits) };
}

/** Bytes of scratch memory for `lines` lines in parts, `each` for a part; none to speak of where a line is one. */
export function partsScratch({ count }: Parts, lines: number, each: number): number {
  return count > 1 ? each * count * lines : 16;
}

/** The dispatches of lines in parts: `whole` where a line is one, else `cut` with the constant `PART`. */
export function inParts(
  { size, count }: Parts,
  whole: readonly Dispatch[],
  cut: readonly Dispatch[],
): readonly Dispatch[] {
  if (count <= 1) return whole;
  return cut.map((dispatch) => ({ ...dispatch, constants: { PART: size } }));
}
