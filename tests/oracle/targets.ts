/**
 * Binary cross-entropy of logits in float64, as PyTorch defines `BCEWithLogitsLoss`; `target_losses` and its gradient share it.
 *
 * @module
 */
import { DIVISION, MIN_NORMAL, ULP } from "./bounds.ts";

/** A number, and how far a float32 one may lie from it. */
export interface Bounded {
  /** The number. */
  readonly value: number;
  /** How far. */
  readonly bound: number;
}

/** How much the label counts, and how much its absence; each with its error. */
function weightsOf(
  t: number,
  { positiveWeight, targetScale, targetShift }: Readonly<Record<string, number>>,
): { label: Bounded; absence: Bounded } {
  const u = targetScale * t + targetShift;
  // A product and a sum; without smoothing both are exact.
  const plain = targetScale === 1 && targetShift === 0;
  const error = plain ? 0 : 2 * ULP * (Math.abs(targetScale * t) + Math.abs(targetShift));
  return {
    label: {
      value: positiveWeight * u,
      bound: positiveWeight * (error + ULP * Math.abs(u)) + MIN_NORMAL,
    },
    absence: { value: 1 - u, bound: error + ULP * Math.abs(1 - u) },
  };
}

/** `p u softplus(-x) + (1 - u) softplus(x)`. */
export function logisticLoss(
  x: number,
  t: number,
  params: Readonly<Record<string, number>>,
): Bounded {
  const { label, absence } = weightsOf(t, params);
  // exp errs by 3 + 2 |x| units and may be 0 far below; log1p then by its argument's error, a division and eight steps.
  const small = Math.exp(-Math.abs(x));
  const rest = Math.log1p(small);
  const restBound = small * (3 + 2 * Math.abs(x)) * ULP + (DIVISION + 8 * ULP) * rest +
    2 * MIN_NORMAL;
  const part = (weight: Bounded, above: number): Bounded => {
    const sum = above + rest;
    const sumBound = restBound + ULP * sum;
    return {
      value: weight.value * sum,
      bound: Math.abs(weight.value) * (sumBound + ULP * sum) + weight.bound * (sum + sumBound) +
        MIN_NORMAL,
    };
  };
  const present = part(label, Math.max(-x, 0)), absent = part(absence, Math.max(x, 0));
  const value = present.value + absent.value;
  return { value, bound: present.bound + absent.bound + ULP * Math.abs(value) };
}

/** `(1 - u) sigmoid(x) - p u sigmoid(-x)`. */
export function logisticSlope(
  x: number,
  t: number,
  params: Readonly<Record<string, number>>,
): Bounded {
  const { label, absence } = weightsOf(t, params);
  const sigmoid = (z: number): Bounded => {
    const small = Math.exp(-Math.abs(z));
    const smallBound = small * (3 + 2 * Math.abs(z)) * ULP + 2 * MIN_NORMAL;
    const upper = 1 / (1 + small);
    const upperBound = upper * (upper * smallBound + ULP + DIVISION);
    if (z > 0) return { value: upper, bound: upperBound };
    const value = small * upper;
    return { value, bound: smallBound * upper + small * upperBound + ULP * value + MIN_NORMAL };
  };
  const times = (a: Bounded, b: Bounded): Bounded => {
    const value = a.value * b.value;
    const bound = Math.abs(a.value) * b.bound + a.bound * (Math.abs(b.value) + b.bound) +
      ULP * Math.abs(value) + MIN_NORMAL;
    return { value, bound };
  };
  const absent = times(absence, sigmoid(x)), present = times(label, sigmoid(-x));
  const value = absent.value - present.value;
  return { value, bound: absent.bound + present.bound + ULP * Math.abs(value) };
}
