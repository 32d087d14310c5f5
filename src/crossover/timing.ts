/**
 * How ways of doing the same work are compared: taken alternately in one run, by the ratio of their medians. Absolute times
 * of a shared machine mean little; ratios of neighbours repeat.
 *
 * @module
 */

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

/** Runs something a number of times and waits for the end. */
export type Repeat = (times: number) => Promise<void>;

/** How {@linkcode compareRepeats} measures. */
export interface Effort {
  /** Milliseconds of one look, at least: enough to drown what one wait costs. */
  readonly milliseconds: number;
  /** Looks at each of the two, at most. */
  readonly rounds: number;
  /** Milliseconds of all looks together: where it is slow there are fewer, but never less than three. */
  readonly together?: number;
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

/** Times two ways alternately, each as often per look as it takes; milliseconds are of one run. */
export async function compareRepeats(
  first: Repeat,
  second: Repeat,
  { milliseconds, rounds: most, together = Infinity }: Effort,
): Promise<Comparison> {
  const [a, b] = [await runsFor(first, milliseconds), await runsFor(second, milliseconds)];
  const pair = await time(() => first(a)) + await time(() => second(b));
  const rounds = Math.min(most, Math.max(3, Math.floor(together / pair)));
  const found = await alternate(() => first(a), () => second(b), rounds);
  const scale = b / a;
  return {
    first: found.first / a,
    second: found.second / b,
    ratio: found.ratio * scale,
    quartiles: [found.quartiles[0] * scale, found.quartiles[1] * scale],
  };
}

/** How many runs take at least `milliseconds`. */
export async function runsFor(run: Repeat, milliseconds: number): Promise<number> {
  await run(1);
  for (let times = 1;; times *= 2) {
    const taken = await time(() => run(times));
    if (taken >= milliseconds / 2) return Math.max(1, Math.round(times * milliseconds / taken));
  }
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
