/**
 * How benches measure: two ways of doing the same work, taken alternately in one run, compared by the ratio of their
 * medians. Absolute times of a shared machine mean little; ratios of neighbours repeat.
 *
 * @module
 */

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

/** A way of doing the work, carried out once or more per call. */
export type Work = () => void | Promise<void>;

/** What {@linkcode alternate} found. */
export interface Comparison {
  /** Median milliseconds of the first way. */
  readonly first: number;
  /** Median milliseconds of the second way. */
  readonly second: number;
  /** `first / second`: how many times faster the second way is. */
  readonly ratio: number;
  /** Lower and upper quartile of the ratio of neighbours. */
  readonly quartiles: readonly [number, number];
}

/** Times two ways alternately, after one call of each that does not count. */
export async function alternate(first: Work, second: Work, rounds = 15): Promise<Comparison> {
  await first();
  await second();
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    // The order changes, so that neither always runs in the other's wake.
    const order = round % 2 === 0 ? [0, 1] : [1, 0];
    for (const which of order) times[which].push(await time(which === 0 ? first : second));
  }
  const [a, b] = times.map(median);
  const ratios = times[0].map((t, i) => t / times[1][i]).sort((x, y) => x - y);
  const at = (share: number): number => ratios[Math.floor(share * (ratios.length - 1))];
  return { first: a, second: b, ratio: a / b, quartiles: [at(0.25), at(0.75)] };
}

/** Milliseconds of one call. */
export async function time(work: Work): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** The middle of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
