/**
 * Checks against float64. A contender whose result is wrong is not timed.
 *
 * @module
 */

/** Elements of a result that are checked, spread over it. */
const SAMPLES = 768;

/**
 * Checks elements of a product, each the sum of `terms` products.
 *
 * @param factors The two factors of term `i` of the element at `at`.
 * @throws {Error} if one is wrong.
 */
export function checkElements(
  found: Float32Array,
  terms: number,
  factors: (at: number, i: number) => readonly [number, number],
): void {
  const samples = Math.min(SAMPLES, found.length);
  if (samples === 0) throw new Error("Cannot compare: the result is empty");
  for (let sample = 0; sample < samples; sample++) {
    const at = Math.floor(sample * (found.length - 1) / Math.max(1, samples - 1));
    let sum = 0;
    let magnitude = 0;
    for (let i = 0; i < terms; i++) {
      const [a, b] = factors(at, i);
      sum += a * b;
      magnitude += Math.abs(a * b);
    }
    // Any order of summation in float32 stays within this.
    if (!(Math.abs(found[at] - sum) <= (terms + 2) * 2 ** -23 * magnitude)) {
      throw new Error(`Cannot compare: element ${at} is ${found[at]}; expected ${sum}`);
    }
  }
}

/**
 * Checks that two runs had the same losses, `count` of them, but for a share `tolerance`.
 *
 * @throws {Error} if they differ.
 */
export function checkLosses(
  ours: readonly number[],
  theirs: readonly number[],
  count: number,
  tolerance: number,
): void {
  for (let i = 0; i < count; i++) {
    if (!(Math.abs(ours[i] - theirs[i]) <= tolerance * Math.abs(ours[i]))) {
      throw new Error(
        `Cannot compare: our losses are ${ours.slice(0, count)}; theirs are ${
          theirs.slice(0, count)
        }`,
      );
    }
  }
}
