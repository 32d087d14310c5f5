/**
 * Slopes by central differences, which gradients are compared with.
 *
 * @module
 */

/**
 * The slope of a loss by one of some numbers: half of what it changes by between a step above and a step below, over the step. The
 * number is what it was afterwards.
 *
 * @param loss Computes the loss anew.
 */
export function centralDifference(
  numbers: Float64Array,
  at: number,
  loss: () => number,
  step = 1e-5,
): number {
  const before = numbers[at];
  numbers[at] = before + step;
  const up = loss();
  numbers[at] = before - step;
  const slope = (up - loss()) / (2 * step);
  numbers[at] = before;
  return slope;
}
