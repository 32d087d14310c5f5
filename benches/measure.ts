/**
 * What a bench reports. How it measures is shared with `filigree bench`: see `src/crossover/timing.ts`.
 *
 * @module
 */
export { alternate, type Comparison, median, time, type Work } from "../src/crossover/timing.ts";

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
