/**
 * Runs of values that are drawn together.
 *
 * @module
 */

/** Numbers that are in the memory of the module at once, unless a run has more. */
export const MOST_DRAWN = 2 ** 18;

/** Runs of values in the order in which they are drawn. */
export interface Runs {
  /** `[2 * runs]`: begin and end of each, ascending. */
  readonly span: Uint32Array;
  /** `[runs]`: the deviation that He's rule has for each. */
  readonly scales: Float64Array<ArrayBuffer>;
}

/** Values that all have one deviation by He's rule. */
export function runsOfOne(length: number, scale: number): Runs {
  const span = Uint32Array.from(
    { length: 2 * Math.ceil(length / MOST_DRAWN) },
    (_, i) => Math.min(length, MOST_DRAWN * ((i + 1) >>> 1)),
  );
  return { span, scales: new Float64Array(span.length / 2).fill(scale) };
}
