/**
 * Heads whose labels are spread over ranks: the training of one process, whatever the number of ranks.
 *
 * @module
 */
import assert from "node:assert/strict";
import { adamw } from "../src/optim/adamw.ts";
import { rigl } from "../src/methods/rigl.ts";
import { labelHead } from "../src/nn/label_head.ts";
import { labelHeads } from "../src/nn/label_heads.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { labelLoss } from "../src/ops/label_loss.ts";
import { joinedLogs, joinedTop } from "../src/ops/label_spread.ts";
import { labelTop } from "../src/ops/label_top.ts";
import type { Parallel } from "../src/parallel/parallel.ts";
import { single } from "../src/parallel/single.ts";
import { matrix, openDevice } from "../src/program/device.ts";
import { fanIn } from "../src/sparse/patterns/mod.ts";
import { labelRanking } from "../src/tasks/label_ranking.ts";
import { readCheckpoint } from "../src/train/checkpoint.ts";
import { Trainer } from "../src/train/trainer.ts";
import { alone, type Engine, onRanks, scriptArgs, testOnEngines } from "./ranks.ts";
import { BATCH, LABELS, type Outcome, type SpreadTraining, WIDTH } from "./spread_program.ts";

/** Largest relative difference: some units of the last place of f32. */
const ROUNDING = 2e-6;

async function trained(spread: SpreadTraining, on?: readonly [Engine, number]): Promise<Outcome> {
  const args = scriptArgs("spread_program.ts", JSON.stringify(spread));
  const { code, out, err } = on === undefined ? await alone(args) : await onRanks(...on, args);
  assert.equal(code, 0, err);
  return JSON.parse(out);
}

function requireClose(some: ArrayLike<number>, one: ArrayLike<number>, what: string): void {
  assert.equal(some.length, one.length);
  const largest = Math.max(...Array.from(one, Math.abs));
  for (let i = 0; i < one.length; i++) {
    const close = Math.abs(some[i] - one[i]) <= ROUNDING * Math.max(Math.abs(one[i]), largest / 10);
    assert.ok(close, `${what} ${i}: ${some[i]}, not ${one[i]}`);
  }
}

/** The same losses, patterns and rankings. */
async function requireSame(some: Outcome, one: Outcome, paths: readonly string[]): Promise<void> {
  requireClose(some.losses, one.losses.slice(-some.losses.length), "loss");
  requireClose(some.norms, one.norms.slice(-some.norms.length), "norm");
  requireClose([some.evaluated], [one.evaluated], "evaluation");
  assert.deepEqual([some.first, some.precision], [one.first, one.precision]);
  const [own, other] = await Promise.all(paths.map((path) => readCheckpoint(path)));
  assert.deepEqual([...own.tensors.keys()], [...other.tensors.keys()]);
  for (const [name, { data }] of own.tensors) {
    const whole = other.tensors.get(name)?.data;
    if (data instanceof Uint32Array) assert.deepEqual(data, whole, name);
  }
}

testOnEngines(
  "ranks train a head of which each has some labels as one process does",
  async (engine) => {
    const paths = [await Deno.makeTempFile(), await Deno.makeTempFile()];
    // 104 steps with 5 rewirings.
    const kind = { model: "fan-in", loss: "bce", epochs: 26 } as const;
    const ranks = engine.name === "MPICH" ? 2 : 4;
    const one = await trained({ ...kind, path: paths[1] });
    const some = await trained({ ...kind, path: paths[0] }, [engine, ranks]);
    await requireSame(some, one, paths);
    // Of eight pieces the last one is smaller; beside them every rank has the encoder.
    const largest = 8 / ranks * 1024 / LABELS;
    const head = (one.bytes[0] - Math.max(...some.bytes)) / (1 - largest);
    const encoder = one.bytes[0] - head;
    assert.ok(encoder > 0 && encoder < 0.1 * head, `${encoder} beside ${head}`);
    for (const bytes of some.bytes) {
      assert.ok(
        Math.abs((bytes - encoder) / head - 1 / ranks) < 0.03,
        `${some.bytes} of ${one.bytes}`,
      );
    }
    // Of the gradient of the features, the loss, the norm, and whether to stop, twice what is not this rank's own.
    const words = WIDTH * BATCH + 3;
    assert.ok(Math.abs(some.sent - 8 * words * (ranks - 1) / ranks) < 64, `${some.sent} bytes`);
    for (const path of paths) await Deno.remove(path);
  },
);

testOnEngines(
  "a head of two ranks goes on with four, by a softmax, behind dense labels",
  async (engine) => {
    const paths = [await Deno.makeTempFile(), await Deno.makeTempFile()];
    const kind = { model: "groups", loss: "softmax", epochs: 6 } as const;
    const one = await trained({ ...kind, path: paths[1] });
    await trained({ ...kind, path: paths[0], pause: 3 }, [engine, 2]);
    const some = await trained({ ...kind, path: paths[0], resume: true }, [engine, 4]);
    await requireSame(some, one, paths);
    for (const path of paths) await Deno.remove(path);
  },
  ["Open MPI"],
);

testOnEngines(
  "labels that stand on features are spread, and go on in one process",
  async (engine) => {
    const paths = [await Deno.makeTempFile(), await Deno.makeTempFile()];
    const kind = { model: "features", loss: "squared-hinge", epochs: 6 } as const;
    const one = await trained({ ...kind, path: paths[1] });
    await trained({ ...kind, path: paths[0], pause: 3 }, [engine, 2]);
    await requireSame(await trained({ ...kind, path: paths[0], resume: true }), one, paths);
    for (const path of paths) await Deno.remove(path);
  },
  ["Open MPI"],
);

/** Rank 1 of two, of which the other one has nothing but zeros. */
const SECOND: Parallel = { ...single(), rank: 1, size: 2 };

Deno.test("joinedLogs() and joinedTop() join what ranks know of all labels", () => {
  const all = new Float32Array(4);
  // exp(2) + exp(1) and exp(3).
  joinedLogs([Float32Array.of(2, 1 + Math.exp(-1), 2, 1), Float32Array.of(3, 1, 0, 0)], all);
  assert.equal(all[0], 3);
  assert.ok(Math.abs(all[1] - (1 + Math.exp(-1) + Math.exp(-2))) < 1e-6);
  assert.deepEqual([all[2], all[3]], [2, 1]);
  const top = { scores: new Float32Array(6), labels: new Uint32Array(6) };
  joinedTop(
    [
      { scores: Float32Array.of(5, 1, 4, 1, 2, 0), labels: Uint32Array.of(1, 2, 9, 3, 4, 5) },
      { scores: Float32Array.of(5, 1, 3, 1, 1, 1), labels: Uint32Array.of(0, 1, 8, 7, 6, 9) },
    ],
    2,
    top,
  );
  assert.deepEqual([...top.labels], [0, 1, 1, 2, 9, 3]);
  assert.deepEqual([...top.scores], [5, 1, 5, 1, 4, 1]);
});

Deno.test("a rank describes the whole head, and has its own labels in memory", async () => {
  using device = await openDevice({ prefer: "wasm", threads: 1 }, record);
  const pattern = fanIn(4, { full: true });
  const [whole, spread] = [{}, { spread: SECOND }].map((options) =>
    labelHeads({
      dense: labelHead(8, 2048, { shard: 1024, ...options }),
      sparse: labelHead(8, 3000, { pattern, shard: 1024, ...options }),
    })
  );
  assert.deepEqual(
    spread.weights.map(({ shape }) => shape),
    whole.weights.map(({ shape }) => shape),
  );
  using program = await device.compile([matrix(8, 32)], (x) => {
    const { labels, scores } = labelTop(x, spread(x).head, 2);
    return [labels, scores];
  });
  const here = spread.parameters.map((parameter) => device.has(parameter));
  assert.deepEqual(here, [0, 0, 1, 1, 0, 0, 0, 0, 1, 1].map((has) => has === 1));
  await program.run([new Float32Array(8 * 32)]);
  // All logits are 0: the first labels are those of the first piece of this rank.
  assert.deepEqual([...await program.words(0)].slice(0, 1), [1024]);
  const busy = program.run([new Float32Array(8 * 32)]);
  assert.throws(() => program.run([new Float32Array(8 * 32)]), /one of the device waits for its h/);
  await busy;
  await assert.rejects(
    () => program.measure([new Float32Array(8 * 32)]),
    /the host has calls in it/,
  );
});

Deno.test("what a head that is spread cannot have is refused", async () => {
  using device = await openDevice({ prefer: "wasm", threads: 1 }, record);
  const pattern = fanIn(4, { full: true });
  assert.throws(
    () => labelHead(8, 900, { pattern, spread: SECOND }),
    /Cannot spread head of labels "labelHead" over 2 ranks: it has 1 pieces; expected one for each/,
  );
  const model = labelHead(8, 3000, { pattern, spread: SECOND });
  const task = labelRanking();
  const optimizer = adamw({ learningRate: 1e-3 });
  const parts = { device, model, task };
  assert.throws(
    () => new Trainer({ ...parts, optimizer: adamw({ learningRate: 1e-3, clipNorm: 1 }) }),
    /Cannot train a model that is spread over ranks with clipNorm 1/,
  );
  assert.throws(
    () => new Trainer({ ...parts, optimizer, method: rigl() }),
    /by "rigl", which grows by gradient; expected a method that grows at random, such as set/,
  );
  assert.throws(
    () => new Trainer({ ...parts, optimizer, parallel: single() }),
    /with other ones: expected `parallel` to be that of the model/,
  );
  assert.throws(
    () =>
      labelHeads({
        a: labelHead(8, 2048, { spread: SECOND }),
        b: labelHead(8, 2048, { spread: { ...SECOND } }),
      }),
    /spread over different ranks/,
  );
  using program = await device.compile(
    [matrix(8, 32), { shape: [1, 32], type: "u32" }],
    (x, labels) => labelLoss(x, model(x).head, labels, { loss: "softmax" }),
  );
  await program.run([new Float32Array(8 * 32), new Uint32Array(32).fill(3000)]);
  assert.equal((await program.scalars())[0][0], 0);
});
