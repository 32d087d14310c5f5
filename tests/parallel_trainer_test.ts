import assert from "node:assert/strict";
import type { Outcome, Trained } from "./parallel_program.ts";
import { alone, type Engine, onRanks, scriptArgs, testOnEngines } from "./ranks.ts";

/** Largest relative difference of losses: some units of the last place of f32. */
const ROUNDING = 1e-6;

async function trained(trained: Trained, on?: readonly [Engine, number]): Promise<Outcome> {
  const args = scriptArgs("parallel_program.ts", JSON.stringify(trained));
  const { code, out, err } = on === undefined ? await alone(args) : await onRanks(...on, args);
  assert.equal(code, 0, err);
  return JSON.parse(out);
}

/** What one process makes of it; once, whichever engines that is compared with. */
async function trainedAlone(kind: Trained): Promise<Outcome> {
  const key = JSON.stringify(kind);
  const outcome = ALONE.get(key) ?? await trained(kind);
  ALONE.set(key, outcome);
  return outcome;
}

const ALONE = new Map<string, Outcome>();

function requireSame(some: Outcome, one: Outcome): void {
  assert.equal(some.losses.length, one.losses.length);
  some.losses.forEach((loss, step) =>
    assert.ok(
      Math.abs(loss - one.losses[step]) <= ROUNDING * one.losses[step],
      `step ${step} of ${some.ranks} ranks: ${loss}, not ${one.losses[step]}`,
    )
  );
  assert.equal(some.hash, one.hash);
}

testOnEngines(
  "ranks train as one process with the same batches, growth included",
  async (engine) => {
    // Shares of 31 examples, and of the 21 of the last batch of an epoch, are not all as long; five rewirings.
    const kind: Trained = { model: "srigl", epochs: 6, batchSize: 31 };
    const ranks = engine.name === "MPICH" ? 2 : 3;
    const [one, some] = [await trainedAlone(kind), await trained(kind, [engine, ranks])];
    assert.equal(some.ranks, ranks);
    requireSame(some, one);
    // The same bits once more.
    if (ranks === 2) assert.equal((await trained(kind, [engine, ranks])).model, some.model);
  },
);

testOnEngines(
  "ranks normalise each batch as one process does, each with a share of it",
  async (engine) => {
    // The last batch of an epoch has one example, the last step of it four batches; two rewirings of the sparse convolutions.
    const kind: Trained = {
      ...{ model: "convnet", epochs: 8, batchSize: 23, accumulate: 5, syncBatchNorm: true },
    };
    const ranks = engine.name === "MPICH" ? 2 : 3;
    const [one, some] = [await trainedAlone(kind), await trained(kind, [engine, ranks])];
    requireSame(some, one);
    // By running statistics.
    assert.ok(Math.abs(some.evaluated / one.evaluated - 1) <= ROUNDING);
  },
);

testOnEngines("ranks take whole batches of a step where each gets as many", async (engine) => {
  // Normalised by each batch: shares of one would be normalised by themselves. The last step of an epoch has one batch.
  const kind: Trained = { model: "norm", epochs: 4, batchSize: 20, accumulate: 2 };
  requireSame(await trained(kind, [engine, 2]), await trainedAlone(kind));
}, ["MPICH"]);

testOnEngines("ranks that begin with other models are refused", async (engine) => {
  const kind: Trained = { model: "rigl", epochs: 1, batchSize: 30, seeds: [1, 2] };
  const args = scriptArgs("parallel_program.ts", JSON.stringify(kind));
  const { code, err } = await onRanks(engine, 2, args);
  assert.notEqual(code, 0);
  assert.match(
    err,
    /Cannot go on with 2 ranks: on rank 1 the patterns or parameters at the beginn/,
  );
}, ["MPICH"]);
