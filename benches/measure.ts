/**
 * What a bench reports. How it measures is shared with `filigree bench`: see `src/crossover/timing.ts`.
 *
 * @module
 */
import process from "node:process";
import { type Comparison, median, type Work } from "../src/crossover/timing.ts";

export { alternate, type Comparison, median, time, type Work } from "../src/crossover/timing.ts";

/** What some work took. */
export interface Spent {
  /** Milliseconds. */
  readonly milliseconds: number;
  /** Milliseconds of cores, of all threads of this process together: less depends on what else the machine does. */
  readonly cpuMilliseconds: number;
}

/** Carries work out once. */
export async function spend(work: Work): Promise<Spent> {
  const before = process.cpuUsage();
  const start = performance.now();
  await work();
  const milliseconds = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return { milliseconds, cpuMilliseconds: (user + system) / 1000 };
}

/** A comparison, and the same of the time of cores. */
export interface SharedComparison extends Comparison {
  /** Ratio of the medians of the time of cores. */
  readonly cpuRatio: number;
}

/** Lower and upper quartile. */
export function quartiles(numbers: readonly number[]): readonly [number, number] {
  const sorted = [...numbers].sort((a, b) => a - b);
  const quarter = sorted.length >> 2;
  return [sorted[quarter], sorted[sorted.length - 1 - quarter]];
}

/** Compares what two ways took, taken alternately. */
export function compareSpent(
  first: readonly Spent[],
  second: readonly Spent[],
): SharedComparison {
  const ratios = first.map(({ milliseconds }, i) => milliseconds / second[i].milliseconds);
  const [a, b] = [first, second].map((all) => median(all.map((each) => each.milliseconds)));
  const [c, d] = [first, second].map((all) => median(all.map((each) => each.cpuMilliseconds)));
  return { first: a, second: b, ratio: a / b, quartiles: quartiles(ratios), cpuRatio: c / d };
}

/** One line of the report. */
export interface Result {
  /** Name of the bench, stable between versions. */
  readonly name: string;
  /** The figure. */
  readonly ratio: number;
  /** What it is a ratio of. */
  readonly unit: string;
  /** Where it was measured. */
  readonly device: string;
  /** Figures behind it, for people. */
  readonly details?: Readonly<Record<string, number | string>>;
}
