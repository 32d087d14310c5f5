/**
 * Growth candidates on data whose sums and norms round: which units are best is then open within the rounding of their
 * scores, and everything else is not.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { growthCandidates } from "../src/ops/kernels/mod.ts";
import { NONE } from "../src/ops/kernels/constants.ts";
import { runsOn, SEED, seeds, Source } from "./arbitraries.ts";
import {
  buildGrowth,
  type GrowthOptions,
  growthShapes,
  NORMS,
} from "./conformance/growth_cases.ts";
import { type Case, runKernel } from "./conformance/harness.ts";
import { testOnDevices } from "./devices.ts";
import { type Candidate, inactive } from "./oracle/growth_candidates.ts";
import type { HostArray } from "./oracle/types.ts";
import { GROUP_SLOTS, SQUARES } from "./units.ts";

/** Every unit with every norm, with an edge that it reaches over. */
const EDGES: readonly GrowthOptions[] = [...GROUP_SLOTS, ...SQUARES].flatMap((unit) =>
  NORMS.map((norm) => {
    const rows = 3 * unit.height - 1, inputs = 7 * unit.width + (unit.width >> 1);
    const segment = Math.ceil(inputs / unit.width);
    return { ...unit, norm, rows, inputs, segment, k: 2, columns: 64, wide: 0, count: 3 };
  })
);

testOnDevices(
  "growth_candidates() finds the best units within rounding",
  async (backend, device) => {
    for (const [i, options] of EDGES.entries()) await check(options, SEED + i);
    await fc.assert(
      fc.asyncProperty(
        growthShapes(70, 300),
        seeds(),
        check,
      ),
      { numRuns: runsOn(device) },
    );

    async function check(options: GrowthOptions, seed: number): Promise<void> {
      const given = {
        note: `data of seed ${seed}`,
        ...buildGrowth(new Source(seed), options, "normal"),
      };
      const { input, score } = await runKernel(backend, growthCandidates, given);
      const lists = Math.ceil(options.rows / options.height);
      for (let list = 0; list < lists; list++) checkList(given, list, input, score);
    }
  },
);

/** Checks what was found in every segment of a list. */
function checkList(given: Case, list: number, input: HostArray, score: HostArray): void {
  const { inputs, width, segment, count } = given.params;
  const all = inactive(given.inputs, given.params, list);
  const segments = Math.ceil(Math.ceil(inputs / width) / segment);
  for (let w = 0; w < segments; w++) {
    const first = (list * segments + w) * count;
    checkSegment(
      all.filter((candidate) => Math.floor(candidate.input / segment) === w),
      input.subarray(first, first + count),
      score.subarray(first, first + count),
      `${given.note}, ${JSON.stringify(given.params)}, list ${list}, segment ${w}`,
    );
  }
}

function checkSegment(
  inactive: readonly Candidate[],
  input: HostArray,
  score: HostArray,
  where: string,
): void {
  const candidates = new Map(inactive.map((candidate) => [candidate.input, candidate]));
  const found = Math.min(input.length, candidates.size);
  let worst = Infinity;
  for (let i = 0; i < input.length; i++) {
    if (i >= found) {
      assert.deepEqual([input[i], score[i]], [NONE, 0], `${where}: candidate ${i}`);
      continue;
    }
    const candidate = candidates.get(input[i]);
    assert(candidate !== undefined, `${where}: ${input[i]} is no free candidate`);
    assert(i === 0 || input[i - 1] < input[i], `${where}: candidates are not ascending`);
    assert(
      Math.abs(score[i] - candidate.score) <= candidate.bound,
      `${where}: score ${i} is ${score[i]}; expected ${candidate.score} within ${candidate.bound}`,
    );
    worst = Math.min(worst, candidate.score + candidate.bound);
    candidates.delete(input[i]);
  }
  for (const { input, score, bound } of candidates.values()) {
    assert(score - bound <= worst, `${where}: ${input} of score ${score} was left out`);
  }
}
