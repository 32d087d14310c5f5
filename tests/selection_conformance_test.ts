/**
 * Growth candidates on data whose sums round: which inputs are best is then open within the rounding of their scores, and
 * everything else is not.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { growthCandidates } from "../src/ops/kernels/mod.ts";
import { NONE } from "../src/ops/kernels/constants.ts";
import {
  columnCounts,
  drawLists,
  pack,
  type PatternShape,
  patternShapes,
  seeds,
  Source,
} from "./arbitraries.ts";
import { type Case, runKernel } from "./conformance/harness.ts";
import { testOnDevices } from "./devices.ts";
import { inactive } from "./oracle/growth_candidates.ts";
import type { HostArray } from "./oracle/types.ts";

testOnDevices("growth_candidates() finds the best inputs within rounding", async (backend) => {
  await fc.assert(
    fc.asyncProperty(
      patternShapes(70, 300),
      columnCounts(),
      fc.integer({ min: 1, max: 40 }),
      seeds(),
      async (shape, columns, count, seed) => {
        const given = draw(new Source(seed), shape, columns, count);
        const { input, score } = await runKernel(backend, growthCandidates, given);
        for (let row = 0; row < shape.rows; row++) checkRow(given, row, input, score);
      },
    ),
  );
});

function draw(source: Source, shape: PatternShape, columns: number, count: number): Case {
  const { rows, inputs } = shape;
  const lists = drawLists(source, shape);
  return {
    note: "rounding scores",
    params: { rows, inputs, columns, wide: 0, count },
    inputs: {
      span: lists.span,
      index: pack(lists.index, 0),
      dy: source.floats(rows * columns),
      x: source.floats(inputs * columns),
    },
    lengths: { input: rows * count, score: rows * count },
  };
}

function checkRow(given: Case, row: number, input: HostArray, score: HostArray): void {
  const { count } = given.params;
  const candidates = new Map(
    inactive(given.inputs, given.params, row).map((candidate) => [candidate.input, candidate]),
  );
  const found = Math.min(count, candidates.size);
  let worst = Infinity;
  for (let i = 0; i < count; i++) {
    const at = row * count + i;
    if (i >= found) {
      assert.deepEqual([input[at], score[at]], [NONE, 0], `row ${row}, candidate ${i}`);
      continue;
    }
    const candidate = candidates.get(input[at]);
    assert(candidate !== undefined, `row ${row}: input ${input[at]} is no free candidate`);
    assert(i === 0 || input[at - 1] < input[at], `row ${row}: inputs are not ascending`);
    assert(Math.abs(score[at] - candidate.score) <= candidate.bound, `row ${row}: score ${i}`);
    worst = Math.min(worst, candidate.score + candidate.bound);
    candidates.delete(input[at]);
  }
  for (const { input, score, bound } of candidates.values()) {
    assert(score - bound <= worst, `row ${row}: input ${input} of score ${score} was left out`);
  }
}
