/**
 * Figures of rankings: the worked example, what counts where, and the obvious loops.
 *
 * @module
 */
import assert from "node:assert/strict";
import { inversePropensities, PROPENSITIES } from "../src/data/labels/propensity.ts";
import {
  NO_LABEL,
  rankingFigures,
  RankingMetrics,
  type RankingScores,
} from "../src/data/labels/ranking.ts";
import { labelCounts } from "../src/data/labels/rows.ts";
import { Random } from "../src/device/random.ts";
import { rowsOf } from "./label_lists.ts";

const TRAIN = rowsOf([[0, 1], [0], [0, 2], [1, 3]], 5);
const TRUTH = rowsOf([[0, 2], [1, 3, 4], [4]], 5);
const RANKED = Uint32Array.of(0, 1, 2, 3, 4, 3, 0, 1, 2, 4, 0, 4, 1, 2, 3);

Deno.test("inversePropensities() and RankingMetrics give the worked example", () => {
  const propensities = inversePropensities(TRAIN, { a: 0.55, b: 1.5 });
  const weights = [1.279588, 1.321032, 1.386294, 1.386294, 1.511605];
  weights.forEach((weight, label) =>
    assert(Math.abs(propensities.weights[label] - weight) < 5e-7, `label ${label}`)
  );
  const metrics = new RankingMetrics({ truth: TRUTH, propensities });
  metrics.add(RANKED, 3);
  const { at, examples, propensity } = metrics.scores();
  const percent = (share: number | undefined) => (100 * (share ?? NaN)).toFixed(3);
  assert.deepEqual(at.map(({ precision }) => percent(precision)), ["66.667", "55.556", "40.000"]);
  assert.deepEqual(at.map(({ propensityPrecision: share }) => (100 * (share ?? 0)).toFixed(4)), [
    ...["60.4576", "81.9970", "100.0000"],
  ]);
  assert.deepEqual([examples, propensity], [3, { a: 0.55, b: 1.5 }]);
});

Deno.test("RankingMetrics gives what napkinxc 0.7.2 and pyxclib give, with an example without labels too", () => {
  // Both on this example, the same of both to the digits that pyxclib keeps (f32); places 1, 3 and 5.
  const given = {
    P: [0.5, 0.41666667, 0.3],
    R: [0.20833333, 0.66666667, 0.75],
    nDCG: [0.5, 0.56364216, 0.60902761],
    PSP: [0.60457628, 0.81997022, 1],
    PSnDCG: [0.60457628, 0.72877313, 0.79279399],
  };
  const propensities = inversePropensities(TRAIN, { a: 0.55, b: 1.5 });
  const truth = rowsOf([[0, 2], [1, 3, 4], [4], []], 5);
  const metrics = new RankingMetrics({ truth, propensities });
  metrics.add(Uint32Array.of(...RANKED, 0, 1, 2, 3, 4), 4);
  const figures = rankingFigures(metrics.scores());
  for (const [name, shares] of Object.entries(given)) {
    // Eight digits were recorded; their weights are f32.
    [1, 3, 5].forEach((k, i) =>
      assert(Math.abs(figures[`${name}@${k}`] - shares[i]) < 2e-7, `${name}@${k}`)
    );
  }
});

Deno.test("inversePropensities() counts examples without labels, and says what a label never seen weighs", () => {
  const more = { ...rowsOf([[0, 1], [0], [0, 2], [1, 3], [], []], 5) };
  const { weights, unseen } = inversePropensities(more, PROPENSITIES.amazon);
  const c = (Math.log(6) - 1) * 3.6 ** 0.6;
  assert.equal(weights[0], 1 + c * 5.6 ** -0.6);
  assert.equal(weights[4], unseen);
  const truth = rowsOf([[7]], 8);
  const metrics = new RankingMetrics({ truth, propensities: inversePropensities(more), ks: [1] });
  metrics.add(Uint32Array.of(7), 1);
  assert.equal(metrics.scores().at[0].propensityPrecision, 1);
  assert.throws(() => inversePropensities(rowsOf([], 5)), /rows is 0; expected a finite number/);
  assert.throws(() => inversePropensities(TRAIN, { a: 0.5, b: -1 }), /b is -1; expected/);
});

Deno.test("RankingMetrics counts examples without labels, and places that are empty", () => {
  const truth = rowsOf([[0], [], [2]], 3);
  const metrics = new RankingMetrics({ truth, ks: [1, 2] });
  metrics.add(Uint32Array.of(0, NO_LABEL, 1, 2, NO_LABEL, NO_LABEL), 3);
  const { at: [one, two], withoutLabels } = metrics.scores();
  assert.deepEqual([one.precision, two.precision, withoutLabels], [1 / 3, 1 / 6, 1]);
  assert.deepEqual([one.ndcg, two.ndcg, two.recall], [1 / 3, 1 / 3, 1 / 3]);
});

Deno.test("RankingMetrics takes out what the filter names, and says how many labels that needs", () => {
  const filter = rowsOf([[1, 2], [], [0]], 5);
  const metrics = new RankingMetrics({ truth: TRUTH, filter, ks: [1, 3] });
  assert.equal(metrics.depth, 5);
  metrics.add(RANKED, 3);
  // What is left: 0 3 4, 3 0 1, 4 1 2.
  const { at: [one, three] } = metrics.scores();
  assert.deepEqual([one.precision, three.precision], [1, 4 / 9]);
});

Deno.test("RankingMetrics refuses what is no ranking", () => {
  const metrics = new RankingMetrics({ truth: TRUTH });
  assert.throws(() => metrics.add(Uint32Array.of(1, 2, 3), 2), /3 labels for 2 examples; expected/);
  assert.throws(() => metrics.add(new Uint32Array(4), 4), /at most 3 examples/);
  assert.throws(() => metrics.add(Uint32Array.of(1, 2, 1), 1), /label 1 comes twice for example 0/);
  assert.throws(() => new RankingMetrics({ truth: TRUTH, ks: [0] }), /ks is \[0\]/);
  assert.throws(
    () => new RankingMetrics({ truth: TRUTH, filter: TRAIN }),
    /the filter has 4 examples; expected 3/,
  );
  assert.throws(
    () => new RankingMetrics({ truth: TRUTH, counts: new Uint32Array(5), bins: [2, 2] }),
    /the bins end at \[2,2\]; expected numbers from 0 that ascend/,
  );
});

/** Figures of one k by the obvious loops. */
function obvious(
  truth: readonly number[][],
  ranked: readonly number[][],
  weights: ArrayLike<number>,
  k: number,
): Record<string, number> {
  const discount = (place: number) => 1 / Math.log2(place + 2);
  const sum = (numbers: number[]) => numbers.reduce((all, one) => all + one, 0);
  const mean = (numbers: number[]) => sum(numbers) / truth.length;
  const rows = truth.map((applying, row) => {
    const first = ranked[row].slice(0, k);
    const found = first.map((label) => applying.includes(label) ? 1 : 0);
    const weighted = first.map((label) => applying.includes(label) ? weights[label] : 0);
    const best = applying.map((label) => weights[label]).sort((a, b) => b - a).slice(0, k);
    const ideal = sum(best.map((_, place) => discount(place)));
    const gained = (gains: number[]) =>
      ideal === 0 ? 0 : sum(gains.map((gain, place) => gain * discount(place))) / ideal;
    return { found, weighted, best, gained, many: applying.length };
  });
  return {
    [`P@${k}`]: mean(rows.map(({ found }) => sum(found) / k)),
    [`nDCG@${k}`]: mean(rows.map(({ found, gained }) => gained(found))),
    [`R@${k}`]: mean(rows.map(({ found, many }) => many === 0 ? 0 : sum(found) / many)),
    [`PSP@${k}`]: sum(rows.map(({ weighted }) => sum(weighted))) /
      sum(rows.map(({ best }) => sum(best))),
    [`PSnDCG@${k}`]: mean(rows.map(({ weighted, gained }) => gained(weighted))) /
      mean(rows.map(({ best, gained }) => gained(best))),
  };
}

/** A test set by chance, and a ranking that finds some of it. */
function byChance(seed: number) {
  const random = new Random({ seed, use: "noise" });
  const columns = 30;
  const some = (
    count: number,
  ) => [...new Set(Array.from({ length: count }, () => random.below(columns)))];
  const lists = (rows: number) =>
    Array.from({ length: rows }, () => some(random.below(9)).sort((a, b) => a - b));
  const truth = lists(50);
  const ranked = truth.map((applying) => {
    const guesses = [...applying.slice(0, random.below(4)), ...some(60)];
    return [...new Set(guesses)].slice(0, 8);
  });
  return { train: rowsOf(lists(80), columns), truth, ranked, columns };
}

Deno.test("RankingMetrics gives what the obvious loops give, however the examples are cut", () => {
  for (let seed = 1; seed < 6; seed++) {
    const { train, truth, ranked, columns } = byChance(seed);
    const propensities = inversePropensities(train);
    const counts = labelCounts(train);
    const options = { truth: rowsOf(truth, columns), propensities, counts, ks: [1, 3, 5, 8] };
    const cuts = [50, 7].map((size): RankingScores => {
      const metrics = new RankingMetrics(options);
      for (let row = 0; row < 50; row += size) {
        const some = ranked.slice(row, row + size);
        metrics.add(Uint32Array.from(some.flat()), some.length);
      }
      return metrics.scores();
    });
    assert.deepEqual(cuts[0], cuts[1], `seed ${seed}`);
    const figures = rankingFigures(cuts[0]);
    for (const k of options.ks) {
      for (const [name, value] of Object.entries(obvious(truth, ranked, propensities.weights, k))) {
        // Sums of at most 400 doubles in another order.
        assert(Math.abs(figures[name] - value) < 1e-12, `seed ${seed}: ${name} ${figures[name]}`);
      }
    }
    const { bins = [], at } = cuts[0];
    assert.deepEqual(bins.map(({ least, most }) => [least, most]), [
      ...[[0, 0], [1, 2], [3, 5], [6, 20], [21, undefined]],
    ]);
    assert.equal(bins.reduce((all, { labels }) => all + labels, 0), columns);
    at.forEach(({ precision, propensityPrecision = NaN }, i) => {
      const sums = bins.reduce(([p, w], bin) => [
        p + bin.at[i].precision,
        w + (bin.at[i].propensityPrecision ?? NaN),
      ], [0, 0]);
      assert(Math.abs(sums[0] - precision) < 1e-12, `seed ${seed}`);
      assert(Math.abs(sums[1] - propensityPrecision) < 1e-12, `seed ${seed}`);
    });
  }
});
