/**
 * `select/...`: the k-th largest magnitude of ten million.
 *
 * @module
 */
import { Random } from "../../src/device/random.ts";
import type { Match } from "./match.ts";
import { inProcess, openSelect } from "./ours.ts";
import { openPeer } from "./process.ts";
import { quickselect } from "./quickselect.ts";

const LENGTH = 10_000_000;

/** All comparisons; k keeps 5 or 50 %. */
export function* selectMatches(): Generator<Match> {
  let values: Float32Array | undefined;
  const draw = (): Float32Array =>
    values ??= new Random({ seed: 5, use: "values", stream: 0 }).normals(LENGTH, 1);
  for (const share of [0.05, 0.5]) {
    const n = LENGTH * share;
    const name = `select/10m/top-${share}`;
    const check = ([found]: Float32Array): void => {
      const all = draw();
      let above = 0;
      let equal = 0;
      for (let i = 0; i < all.length; i++) {
        const magnitude = Math.abs(all[i]);
        if (magnitude > found) above++;
        if (magnitude === found) equal++;
      }
      if (!(above < n && above + equal >= n)) {
        throw new Error(`Cannot compare: ${found} has ${above} above and ${equal} beside it`);
      }
    };
    const ours = () => openSelect(draw(), n);
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
}
