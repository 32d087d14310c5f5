/**
 * CHT: scores against a float64 oracle that walks every path, choices against the scores, and a training.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { cht, eachRow, type PathScore, predicted } from "../src/methods/cht.ts";
import { set } from "../src/methods/set.ts";
import type { RewireResult } from "../src/methods/method.ts";
import { mlp } from "../src/models/mlp.ts";
import { createDevice } from "../src/ops/device.ts";
import { sgd } from "../src/optim/sgd.ts";
import { partsOf, refillsAnywhere } from "../src/sparse/cells.ts";
import { type Pattern, patternOf } from "../src/sparse/pattern.ts";
import { block, fanIn } from "../src/sparse/patterns/mod.ts";
import { topologyOf, type UnitTopology } from "../src/sparse/topology.ts";
import { Trainer } from "../src/train/trainer.ts";
import { KINDS } from "./any_pattern.ts";
import { RUNS, seeds, Source } from "./arbitraries.ts";
import { pathScores } from "./oracle/cht.ts";
import { anySettings, context, drawAny, requireInvariants } from "./rewire_settings.ts";

const SCORES: readonly PathScore[] = ["CH3", "CH2", "RA"];
const KEY = { seed: 3, use: "growth", stream: 1, step: 20 } as const;

/** A graph of any density, rows and inputs without links included. */
function drawGraph(source: Source): boolean[][] {
  const rows = 1 + source.below(9), inputs = 1 + source.below(11), density = source.below(10);
  return Array.from(
    { length: rows },
    () => Array.from({ length: inputs }, () => source.below(10) < density),
  );
}

function topologyIn(linked: readonly boolean[][]): UnitTopology {
  const lists = linked.map((row) => row.flatMap((is, input) => is ? [input] : []));
  const begin = Uint32Array.from([
    0,
    ...lists.map((_, row) => lists.slice(0, row + 1).flat().length),
  ]);
  return { begin, entry: Uint32Array.from(lists.flat()) };
}

/** `[list][entry]` of the units of a pattern. */
function linkedIn({ lists, entries, span, index }: Pattern): boolean[][] {
  return Array.from({ length: lists }, (_, list) => {
    const slots = index.subarray(span[2 * list], span[2 * list + 1]);
    return Array.from({ length: entries }, (_, entry) => slots.includes(entry));
  });
}

for (const score of SCORES) {
  Deno.test(`eachRow() gives the scores of the paths of length three, by ${score}`, () => {
    fc.assert(fc.property(seeds(), (seed) => {
      const linked = drawGraph(new Source(seed));
      const expected = pathScores(linked, score);
      const scores = rowsOf(topologyIn(linked), linked[0].length, score);
      for (const [row, values] of expected.entries()) {
        const found = scores[row];
        for (const [input, value] of values.entries()) {
          // The same sum of at most a hundred terms in another order, in float64.
          const far = Math.abs(found[input] - value);
          assert.ok(far <= 1e-12 * (1 + value), `${row}, ${input}: ${found[input]}, not ${value}`);
          assert.equal(found[input] === 0, value === 0);
        }
      }
    }));
  });
}

Deno.test("eachRow() of CH3 counts what leads out of the local community", () => {
  // Row 0 has input 0, which rows 1 and 2 have too; row 1 has inputs 1 and 2 besides, row 2 has input 1.
  const linked = [[true, false, false], [true, true, true], [true, true, false]];
  const [scores] = rowsOf(topologyIn(linked), 3, "CH3");
  // Input 1: over row 1 (2 leads out of the community) and row 2 (nothing does); input 0 has nothing outside of both.
  const first = 1 / Math.sqrt(2) + 1;
  // Input 2: over row 1 alone, which has input 1 outside; of input 0 row 2 is outside.
  assert.deepEqual([...scores], [0, first, 1 / Math.sqrt(2) * (1 / Math.sqrt(2))]);
});

/** What grew: units of the new pattern that the rest does not have. */
function grownIn(rest: readonly boolean[][], result: RewireResult): boolean[][] {
  return linkedIn(result.pattern).map((row, list) => row.map((is, at) => is && !rest[list][at]));
}

for (const kind of KINDS) {
  Deno.test(`cht() rewires ${kind} patterns: constraint, budget, survivors, the best of every cell`, async () => {
    await fc.assert(
      fc.asyncProperty(anySettings(kind), async (setting) => {
        const { state } = drawAny(setting);
        const { fraction } = setting;
        const result = await cht().rewire(state, { ...context, fraction });
        requireInvariants(state, result);
        assert.equal(result.grown, result.dropped);
        // What is dropped does not depend on what grows.
        const other = await set().rewire(state, { ...context, fraction });
        assert.equal(result.dropped, other.dropped);
        const again = await cht().rewire(state, { ...context, fraction });
        assert.equal(again.hash, result.hash, "the same twice");
      }),
      { numRuns: 2 * RUNS },
    );
  });

  Deno.test(`predicted() takes the highest scores of each cell of ${kind} patterns, ties to the lower`, () => {
    fc.assert(
      fc.property(anySettings(kind), (setting) => {
        const { state: { pattern } } = drawAny(setting);
        const source = new Source(setting.seed);
        // Some units of the pattern are gone.
        const slots = new Uint32Array(Math.ceil(pattern.capacity / 32)).map(() =>
          source.below(2 ** 32)
        );
        const topology = topologyOf(pattern, slots);
        const rest = restOf(pattern, topology);
        const parts = partsOf(pattern);
        const missing = missingIn(pattern, rest);
        const { span, input } = predicted(pattern, topology, missing, "CH3", KEY);
        const scores = rowsOf(topology, pattern.entries, "CH3");
        const chosen = new Set<number>();
        for (let part = 0; part < parts.count; part++) {
          const list = Math.floor(part / parts.perList);
          const taken = [...input.subarray(span[2 * part], span[2 * part + 1])];
          assert.deepEqual(taken, taken.toSorted((a, b) => a - b));
          for (const entry of taken) {
            assert.equal(rest[list][entry], false, "nothing that is there already");
            assert.equal(Math.floor(entry / parts.segment), part % parts.perList);
            chosen.add(list * pattern.entries + entry);
          }
        }
        assert.equal(chosen.size, input.length);
        for (const [cell, free] of freeIn(pattern, rest).entries()) {
          const order = free.toSorted((a, b) => scoreAt(scores, b) - scoreAt(scores, a) || a - b);
          const best = order.slice(0, missing[cell]).filter((at) => scoreAt(scores, at) > 0);
          assert.equal(free.filter((at) => chosen.has(at)).length, missing[cell]);
          for (const at of best) assert.ok(chosen.has(at), `cell ${cell}: ${at} of ${best}`);
        }
      }),
      { numRuns: RUNS },
    );
  });
}

function restOf({ lists, entries }: Pattern, { begin, entry }: UnitTopology): boolean[][] {
  return Array.from({ length: lists }, (_, list) => {
    const units = entry.subarray(begin[list], begin[list + 1]);
    return Array.from({ length: entries }, (_, at) => units.includes(at));
  });
}

/** The scores of every row, as the method has them. */
function rowsOf(topology: UnitTopology, entries: number, score: PathScore): Float64Array[] {
  const rows: Float64Array[] = [];
  eachRow(topology, entries, score, (list, row) => rows[list] = row.slice());
  return rows;
}

function scoreAt(scores: readonly Float64Array[], at: number): number {
  const entries = scores[0].length;
  return scores[Math.floor(at / entries)][at % entries];
}

/** Positions of each cell that are free. */
function freeIn(pattern: Pattern, rest: readonly boolean[][]): number[][] {
  const { entries } = pattern;
  const { count, perList, segment } = partsOf(pattern);
  const cells: number[][] = Array.from(
    { length: refillsAnywhere(pattern) ? 1 : count },
    () => [],
  );
  for (const [list, row] of rest.entries()) {
    for (const [entry, is] of row.entries()) {
      const part = cells.length === 1 ? 0 : list * perList + Math.floor(entry / segment);
      if (!is) cells[part].push(list * entries + entry);
    }
  }
  return cells;
}

/** How many units each cell has lost; some more where there is room. */
function missingIn(pattern: Pattern, rest: readonly boolean[][]): Uint32Array {
  const before = freeIn(pattern, linkedIn(pattern));
  const after = freeIn(pattern, rest);
  return Uint32Array.from(after, (free, cell) => free.length - before[cell].length);
}

Deno.test("cht() draws what has no path at random, by seed", async () => {
  // No input is shared, so that there is no path of length three.
  const lists = Array.from({ length: 8 }, (_, row) => [2 * row, 2 * row + 1]);
  const pattern = patternOf(lists, { spec: fanIn(2), rows: 8, inputs: 64 });
  const values = new Float32Array(pattern.capacity).map((_, i) => i + 1);
  const state = { name: "layer", pattern, values, moments: [], mayAblate: true };
  const hashOf = async (seed: number) =>
    (await cht().rewire(state, { ...context, seed, fraction: 0.5 })).hash;
  const hashes = await Promise.all([1, 2, 3].map(hashOf));
  assert.equal(new Set(hashes).size, 3);
  assert.equal(await hashOf(1), hashes[0]);
});

Deno.test("cht() grows all of a layer under blocks where its paths lead", async () => {
  // Rows 0 to 2 share inputs 0 and 1 but for one link; rows 3 and 4 are apart.
  const lists = [[0, 1], [0, 1], [0], [5], [6, 7]];
  const spec = block(1, { density: 0.2 });
  const pattern = patternOf(lists, { spec, rows: 5, inputs: 8 });
  const values = new Float32Array(pattern.capacity);
  let size = 9;
  for (let list = 0; list < 5; list++) {
    for (let slot = pattern.span[2 * list]; slot < pattern.span[2 * list + 1]; slot++) {
      values[slot] = size--;
    }
  }
  const state = { name: "layer", pattern, values, moments: [], mayAblate: true };
  // The last link of row 4 is the smallest; the link that the topology predicts is that of row 2 and input 1.
  const result = await cht().rewire(state, { ...context, fraction: 0.13 });
  const grown = grownIn(
    [...lists.slice(0, 4), [6]].map((list) =>
      Array.from({ length: 8 }, (_, i) => list.includes(i))
    ),
    result,
  );
  assert.deepEqual(grown.map((row) => row.indexOf(true)), [-1, -1, 1, -1, -1]);
});

Deno.test("cht() trains without a probe and spends no batch", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1, seed: 3 });
  const trainerWith = (method: ReturnType<typeof cht>) =>
    new Trainer({
      device,
      model: mlp({ sizes: [32, 48, 4], sparsity: 0.8 }),
      optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }),
      method,
      seed: 3,
    });
  const features = Float32Array.from({ length: 128 * 32 }, (_, i) => Math.sin(i * (1 + i % 4)));
  const labels = Uint8Array.from({ length: 128 }, (_, i) => i % 4);
  const data = { features, labels, examples: 128, inputs: 32, classes: 4 };
  using trainer = trainerWith(cht({ every: 2, until: 1 }));
  using other = trainerWith(set({ every: 2, until: 1 }));
  const size = { inputs: 32, batchSize: 32 };
  assert.deepEqual(trainer.plan(size), other.plan(size));
  let rewired = 0;
  for await (const event of trainer.fit(data, { epochs: 4, batchSize: 32 })) {
    if (event.kind !== "rewire") continue;
    assert.equal(event.spentBatch, false);
    rewired += event.layers.reduce((sum, { grown }) => sum + grown, 0);
  }
  assert.ok(rewired > 0);
});
