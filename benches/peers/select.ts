/**
 * `select/...`: the k-th largest magnitude of ten million.
 *
 * @module
 */
import { Random } from "../../src/device/random.ts";
import type { Contender } from "./contender.ts";
import type { Match } from "./match.ts";
import { inProcess, openSelect } from "./ours.ts";
import { openPeer } from "./process.ts";
import { quickselect } from "./quickselect.ts";

const LENGTH = 10_000_000;

/** All comparisons: the top 5 and 50 %, of an array on the host or in the module's memory. */
export function* selectMatches(): Generator<Match> {
  let values: Float32Array | undefined;
  const draw = (): Float32Array =>
    values ??= new Random({ seed: 5, use: "values", stream: 0 }).normals(LENGTH, 1);
  for (const share of [0.05, 0.5]) {
    for (const where of ["host", "resident"] as const) yield* matchesOf(draw, share, where);
  }
}

function* matchesOf(
  draw: () => Float32Array,
  share: number,
  where: "host" | "resident",
): Generator<Match> {
  const n = LENGTH * share;
  const name = `select/10m/top-${share}/${where}`;
  const ours = (): Promise<Contender> => openSelect(draw(), n, where);
  const check = ([found]: Float32Array): void => checkRank(draw(), n, found);
  yield {
    name: `${name}/quickselect`,
    goal: 15,
    ours,
    theirs: () => {
      let found = NaN;
      const work = (): void => {
        const magnitudes = draw().slice();
        for (let i = 0; i < LENGTH; i++) magnitudes[i] = Math.abs(magnitudes[i]);
        found = quickselect(magnitudes, LENGTH - n);
      };
      return Promise.resolve(inProcess("JavaScript, typed array", work, () => found));
    },
    check,
  };
  yield {
    name: `${name}/numpy`,
    goal: 2,
    ours,
    theirs: () =>
      openPeer("numpy", {
        open: "select",
        variant: "partition",
        threads: 1,
        params: { n },
        arrays: { values: [draw(), [LENGTH]] },
      }),
    check,
  };
}

/** The n-th largest has fewer than n above it, and at least n with those that equal it. */
function checkRank(values: Float32Array, n: number, found: number): void {
  let above = 0;
  let equal = 0;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]);
    if (magnitude > found) above++;
    if (magnitude === found) equal++;
  }
  if (!(above < n && above + equal >= n)) {
    throw new Error(`Cannot compare: ${found} has ${above} above it and ${equal} equal to it`);
  }
}
