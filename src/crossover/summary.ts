/**
 * What the points of a cross-over say: the density at which a pattern begins to win, and one line of plain words.
 *
 * @module
 */
import type { Point } from "./mod.ts";

/** What is compared. */
export type Measure = "forward" | "step";

/** Where a family begins to win. */
export interface Threshold {
  /** The family. */
  readonly family: string;
  /** Below this density the whole forward product is faster than the dense one; absent if it nowhere is. */
  readonly forward?: number;
  /** Below this density the whole step is. */
  readonly step?: number;
  /** Highest density that was measured. */
  readonly highest: number;
}

/** The families of points, in the order in which they come. */
export function familiesOf(points: readonly Point[]): string[] {
  return [...new Set(points.map(({ family }) => family))];
}

/** Where each family begins to win. */
export function thresholdsOf(points: readonly Point[]): Threshold[] {
  return familiesOf(points).map((family) => {
    const own = points.filter((point) => point.family === family);
    const forward = thresholdOf(own, "forward");
    const step = thresholdOf(own, "step");
    return {
      family,
      highest: Math.max(...own.map(({ density }) => density)),
      ...(forward === undefined ? {} : { forward }),
      ...(step === undefined ? {} : { step }),
    };
  });
}

/**
 * The density below which the points of one family all win: the highest one that was measured, or between it and the next
 * the place where a straight line of the ratios meets 1. Nothing if the lowest density does not win.
 */
export function thresholdOf(points: readonly Point[], measure: Measure): number | undefined {
  const sorted = points.toSorted((a, b) => a.density - b.density);
  const loser = sorted.findIndex((point) => point[measure].ratio < 1);
  if (loser === 0 || sorted.length === 0) return undefined;
  if (loser < 0) return sorted[sorted.length - 1].density;
  const [last, next] = [sorted[loser - 1], sorted[loser]];
  const [above, below] = [last[measure].ratio, next[measure].ratio];
  return last.density + (next.density - last.density) * (above - 1) / (above - below);
}

/** One line for people who only want to know whether sparsity pays here. `size` is of a square layer. */
export function inPlainWords(points: readonly Point[], size: number): string {
  const [threshold] = thresholdsOf(points);
  if (threshold === undefined) return "Nothing was measured.";
  const { family, step, highest } = threshold;
  const layer = `On this device ${article(family)} layer of ${size} x ${size}`;
  const own = points.filter((point) => point.family === family);
  if (step === undefined) {
    const best = own.reduce((a, b) => a.step.ratio > b.step.ratio ? a : b);
    return `${layer} is not faster than dense at any density measured; ` +
      `at ${percent(best.density)} it takes ${times(1 / best.step.ratio)} the time ` +
      `and ${share(best)} the memory.`;
  }
  const where = step >= highest
    ? `at ${percent(highest)} density and below`
    : `below ${percent(step)} density`;
  const typical = own.reduce((a, b) => distance(a) < distance(b) ? a : b);
  return `${layer} is faster than dense ${where}; at ${percent(typical.density)} it is ` +
    `${times(typical.step.ratio)} as fast and takes ${share(typical)} the memory.`;
}

/** A density for people, such as "5 %". */
export function percent(density: number): string {
  const value = 100 * density;
  return `${Number(value.toFixed(value < 10 ? 1 : 0))} %`;
}

/** How far a density is from the one that people train with. */
function distance({ density }: Point): number {
  return Math.abs(Math.log(density / 0.05));
}

const SHARES = [
  "half",
  "a third of",
  "a quarter of",
  "a fifth of",
  "a sixth of",
  "a seventh of",
  "an eighth of",
  "a ninth of",
  "a tenth of",
  "an eleventh of",
  "a twelfth of",
] as const;

/** "12 times", "1.3 times". */
function times(ratio: number): string {
  return `${ratio < 10 ? Number(ratio.toFixed(1)) : Math.round(ratio)} times`;
}

/** "a twelfth of", "0.8 times". */
function share({ bytes, denseBytes }: Point): string {
  const ratio = denseBytes / bytes;
  if (ratio < 1.75) return times(bytes / denseBytes);
  const whole = Math.round(ratio);
  return SHARES[whole - 2] ?? `1/${whole} of`;
}

function article(family: string): string {
  return /^[aeiou]|^8/.test(family) ? `an ${family}` : `a ${family}`;
}
