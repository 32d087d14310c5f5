/**
 * The state of a trainer at every boundary: whatever is saved, broken off, restored or called again gives the uninterrupted
 * run bit for bit, or is refused by name.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { ClassDataset } from "../src/data/dataset.ts";
import type { Backend } from "../src/device/backend.ts";
import { Random } from "../src/device/random.ts";
import { rigl } from "../src/methods/rigl.ts";
import { srigl } from "../src/methods/srigl.ts";
import { mlp } from "../src/models/mlp.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import type { Optimizer } from "../src/optim/optimizer.ts";
import { constant, cosine } from "../src/optim/schedule.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device } from "../src/program/device.ts";
import { CheckpointError } from "../src/train/errors.ts";
import { type FitOptions, Trainer, type TrainEvent } from "../src/train/trainer.ts";
import { testOnDevices } from "./devices.ts";

const INPUTS = 12;
const CLASSES = 3;
const EXAMPLES = 100;

/** Seven batches of 16, the last one of 4; losses every 3 steps; the last step of the first epoch is one of rewiring. */
const OPTIONS: FitOptions = { epochs: 3, batchSize: 16, logEvery: 3 };

function data(seed = 5): ClassDataset {
  const random = new Random({ seed, use: "noise" });
  return {
    features: random.normals(EXAMPLES * INPUTS, 1),
    labels: Uint8Array.from({ length: EXAMPLES }, () => random.below(CLASSES)),
    examples: EXAMPLES,
    inputs: INPUTS,
    classes: CLASSES,
  };
}

const DATA: ClassDataset = data();

function trainerOn(
  backend: Backend,
  optimizer: Optimizer = adamw({ learningRate: cosine(1e-2), weightDecay: 1e-4 }),
  seed = 3,
): Trainer {
  return new Trainer({
    device: new Device(backend, "test", seed, record),
    model: mlp({ sizes: [INPUTS, 16, CLASSES], sparsity: 0.5, distribution: "uniform" }),
    optimizer,
    method: srigl({ every: 6 }),
    seed,
  });
}

/** An event without what a clock says of it. */
function timeless(event: TrainEvent): unknown {
  const { seconds: _, examplesPerSecond: __, ...rest } = {
    seconds: 0,
    examplesPerSecond: 0,
    ...event,
  };
  return rest;
}

/** Events of a call of fit, of which `count` are taken at most. */
async function events(
  trainer: Trainer,
  options: FitOptions = OPTIONS,
  { count = Infinity, from = DATA } = {},
): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const event of trainer.fit(from, options)) {
    found.push(timeless(event));
    if (found.length >= count) break;
  }
  return found;
}

async function inFolder(body: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(`${folder}/run.safetensors`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Values, moments and patterns, as far as outputs and further steps show them. */
async function stateOf(trainer: Trainer): Promise<unknown> {
  return {
    hash: trainer.topology.hash,
    statistics: trainer.topology.statistics(),
    evaluation: await trainer.evaluate(DATA),
    more: await events(trainer),
  };
}

testOnDevices("fit() goes on after any event with the events that were left", async (backend) => {
  await inFolder(async (path) => {
    for (const accumulate of [1, 3]) {
      const options = { ...OPTIONS, accumulate, validation: data(9) };
      const straight = trainerOn(backend);
      const expected = await events(straight, options);
      const state = await stateOf(straight);
      for (let count = 1; count <= expected.length; count++) {
        const first = trainerOn(backend);
        const before = await events(first, options, { count });
        await first.save(path);
        const second = trainerOn(backend);
        await second.restore(path);
        const after = await events(second, options);
        const where = `${accumulate} batches a step, saved on event ${count}`;
        assert.deepEqual([...before, ...after], expected, where);
        assert.deepEqual(await stateOf(second), state, where);
      }
    }
  });
}, ({ name }) => name === "wasm");

testOnDevices("fit() begins a run with its own losses after one that was left", async (backend) => {
  await inFolder(async (path) => {
    const trainer = trainerOn(backend);
    await events(trainer, OPTIONS, { count: 2 });
    await trainer.save(path);
    const losses = async (): Promise<number> => {
      let count = 0;
      for await (const event of trainer.fit(DATA, { epochs: 1, batchSize: 25, logEvery: 100 })) {
        if (event.kind === "step") count += event.losses.length;
        if (event.kind === "rewire") count++;
      }
      return count;
    };
    assert.equal(await losses(), 4, "after a break");
    // Steps whose losses nobody read.
    await events(trainer, { ...OPTIONS, logEvery: 1000 }, { count: 1 });
    await trainer.load(path);
    assert.equal(await losses(), 4, "after load() in the same trainer");
  });
}, ({ name }) => name === "wasm" || name === "webgpu");

testOnDevices("restore() leaves nothing of what the trainer did before", async (backend) => {
  await inFolder(async (path) => {
    const fresh = trainerOn(backend);
    await fresh.save(path);
    const expected = await stateOf(fresh);
    const used = trainerOn(backend);
    await events(used, OPTIONS, { count: 5 });
    await used.restore(path);
    assert.equal(used.step, 0);
    assert.deepEqual(await stateOf(used), expected, "a checkpoint of step 0");
  });
}, ({ name }) => name === "wasm");

testOnDevices("fit() called again has other orders of the data", async (backend) => {
  await inFolder(async (path) => {
    // A rate at which f32 weights stay what they are.
    const still = (): Trainer => trainerOn(backend, sgd({ learningRate: 1e-30 }));
    const trainer = still();
    const first = await events(trainer, { ...OPTIONS, epochs: 1 });
    await trainer.save(path);
    const second = await events(trainer, { ...OPTIONS, epochs: 1 });
    const losses = (found: unknown[]): unknown => JSON.stringify(found.slice(0, 1));
    assert.notEqual(losses(first), losses(second));
    const other = still();
    await other.restore(path);
    assert.deepEqual(await events(other, { ...OPTIONS, epochs: 1 }), second, "after a restore");
  });
}, ({ name }) => name === "wasm");

Deno.test("restore() and fit() refuse to go on with other parts, by name", async () => {
  const { DEVICES } = await import("./devices.ts");
  const { backend } = DEVICES[0];
  assert.ok(!("missing" in backend));
  await inFolder(async (path) => {
    const first = trainerOn(backend);
    await events(first, OPTIONS, { count: 12 });
    await first.save(path);
    const labels = DATA.labels.slice();
    labels[7] = (labels[7] + 1) % CLASSES;
    const refused: [RegExp, FitOptions, ClassDataset][] = [
      [/the batch size was 16 and is 8/, { ...OPTIONS, batchSize: 8 }, DATA],
      [/batches in a step was 1 and is 2/, { ...OPTIONS, accumulate: 2 }, DATA],
      [/a run of 3 epochs, \d of which have ended, for 1 epochs/, { ...OPTIONS, epochs: 1 }, DATA],
      [/for 5 epochs/, { ...OPTIONS, epochs: 5 }, DATA],
      [/the content of the data was/, OPTIONS, { ...DATA, labels }],
    ];
    for (const [message, options, from] of refused) {
      const trainer = trainerOn(backend);
      await trainer.restore(path);
      await assert.rejects(events(trainer, options, { from }), { name: "RangeError", message });
    }
    const other = trainerOn(backend, sgd({ learningRate: 0.1, momentum: 0.9 }));
    await assert.rejects(other.restore(path), (error) => {
      assert.ok(error instanceof CheckpointError);
      assert.match(error.message, /trained with adamw, and the optimizer is sgd/);
      return true;
    });
    const decays: [RegExp, Optimizer][] = [
      [/the optimizer was .*weightDecay/, adamw({ learningRate: cosine(1e-2), weightDecay: 1e-3 })],
      [/the learning rate was/, adamw({ learningRate: constant(1e-2), weightDecay: 1e-4 })],
    ];
    for (const [message, optimizer] of decays) {
      const trainer = trainerOn(backend, optimizer);
      await trainer.restore(path);
      await assert.rejects(events(trainer), { name: "RangeError", message });
    }
  });
});

testOnDevices("fit() extends a run that came to its end", async (backend) => {
  await inFolder(async (path) => {
    const trainer = trainerOn(backend);
    const found: unknown[] = [];
    for await (const event of trainer.fit(DATA, OPTIONS)) {
      found.push(event);
      await trainer.save(path);
    }
    const same = trainerOn(backend);
    await same.restore(path);
    assert.deepEqual(await events(same), [], "nothing is left of the same run");
    const longer = trainerOn(backend);
    await longer.restore(path);
    const more = await events(longer, { ...OPTIONS, epochs: 5, extend: true });
    assert.equal(longer.step, 5 * 7);
    assert.equal(
      more.filter((event) => JSON.stringify(event).includes('"epoch"')).length > 0,
      true,
    );
    await longer.save(path);
  });
}, ({ name }) => name === "wasm");

testOnDevices("load() takes weights and patterns alone", async (backend) => {
  await inFolder(async (path) => {
    const source = trainerOn(backend, sgd({ learningRate: 0.1, momentum: 0.9 }), 8);
    await events(source, OPTIONS, { count: 9 });
    await source.save(path);
    const other = data(11);
    const used = trainerOn(backend), fresh = trainerOn(backend);
    await events(used, OPTIONS, { count: 9 });
    const found: unknown[] = [];
    for (const trainer of [used, fresh]) {
      await trainer.load(path);
      assert.equal(trainer.step, 0);
      assert.equal(trainer.topology.hash, source.topology.hash);
      assert.deepEqual(await trainer.evaluate(DATA), await source.evaluate(DATA));
      found.push(await events(trainer, { epochs: 2, batchSize: 10 }, { from: other }));
    }
    assert.deepEqual(found[0], found[1], "whatever the trainer did before");
    const partly = trainerOn(backend);
    await partly.load(path, { except: ["layer1."] });
    const hashes = (trainer: Trainer): string[] => trainer.topology.hash.split("-");
    assert.equal(hashes(partly)[0], hashes(source)[0]);
    assert.notEqual(hashes(partly)[1], hashes(source)[1]);
  });
}, ({ name }) => name === "wasm");

testOnDevices("the loss of an epoch is the mean over its examples", async (backend) => {
  const trainer = new Trainer({
    device: new Device(backend, "test", 3, record),
    model: mlp({ sizes: [INPUTS, CLASSES] }),
    optimizer: sgd({ learningRate: 1e-30 }),
  });
  for await (const event of trainer.fit(DATA, { epochs: 1, batchSize: 33 })) {
    if (event.kind !== "epoch") continue;
    const { loss } = await trainer.evaluate(DATA);
    // Weights that never change have one loss; batches of 33 and 1 add in another order than batches of 256.
    assert.ok(Math.abs(event.loss - loss) < 1e-6 * loss, `${event.loss} against ${loss}`);
  }
}, ({ name }) => name === "wasm" || name === "webgpu");

testOnDevices("an epoch of rewirings alone has the mean loss of its examples", async (backend) => {
  const trainer = new Trainer({
    device: new Device(backend, "test", 3, record),
    model: mlp({ sizes: [INPUTS, 16, CLASSES], sparsity: 0.5 }),
    optimizer: sgd({ learningRate: 1e-30 }),
    // From the second step on every batch goes into growth scores.
    method: rigl({ every: 1, fraction: 1e-9, until: 1 }),
  });
  const losses: number[] = [];
  for await (const event of trainer.fit(DATA, { epochs: 3, batchSize: 33 })) {
    if (event.kind === "epoch") losses.push(event.loss);
  }
  const { loss } = await trainer.evaluate(DATA);
  // Nothing changes, so that every epoch has the loss of the model; batches add in another order.
  for (const each of losses) assert.ok(Math.abs(each - loss) < 1e-6 * loss, `${losses} ${loss}`);
}, ({ name }) => name === "wasm" || name === "webgpu");

testOnDevices("predict() prepares features as the training did", async (backend) => {
  const normalization = { mean: 0.5, deviation: 2 };
  const trainer = trainerOn(backend);
  for await (const _ of trainer.fit({ ...DATA, normalization }, OPTIONS));
  const { accuracy } = await trainer.evaluate(DATA, { batchSize: 30 });
  const labels: number[] = [];
  for await (const prediction of trainer.predict(DATA.features, { batchSize: 30 })) {
    assert.ok("label" in prediction);
    labels.push(prediction.label);
  }
  const right = labels.filter((label, i) => label === DATA.labels[i]).length;
  assert.equal(right / EXAMPLES, Math.round(accuracy * EXAMPLES) / EXAMPLES);
  const raw: number[] = [];
  const others = { ...DATA, normalization: { mean: 9, deviation: 1 } };
  for await (const prediction of trainer.predict(others)) {
    assert.ok("label" in prediction);
    raw.push(prediction.label);
  }
  assert.deepEqual(raw, labels);
  const refused: [unknown, RegExp][] = [
    [new Float32Array(INPUTS + 1), /array of 13 features: expected a multiple of the 12/],
    [{ features: new Float32Array(8), examples: 2, inputs: 4 }, /they have 4 features/],
  ];
  for (const [examples, message] of refused) {
    const given = examples as Float32Array;
    await assert.rejects(trainer.predict(given).next(), { name: "RangeError", message });
  }
}, ({ name }) => name === "wasm");

testOnDevices(
  "fit() and evaluate() name the example whose class has no output",
  async (backend) => {
    const labels = DATA.labels.slice();
    labels[77] = CLASSES;
    const beyond = { ...DATA, labels, classes: CLASSES + 1 };
    const expected = { name: "RangeError", message: /label of example 77 is 3; expected classes/ };
    await assert.rejects(events(trainerOn(backend), OPTIONS, { from: beyond }), expected);
    const untrained = trainerOn(backend);
    await assert.rejects(untrained.evaluate(beyond), expected);
  },
  ({ name }) => name === "wasm" || name === "webgpu",
);

testOnDevices("a loop that goes on after restore() is refused", async (backend) => {
  await inFolder(async (path) => {
    const trainer = trainerOn(backend);
    await trainer.save(path);
    const loop = trainer.fit(DATA, OPTIONS);
    await loop.next();
    await trainer.restore(path);
    await assert.rejects(loop.next(), { name: "ReferenceError", message: /one at a time/ });
  });
}, ({ name }) => name === "wasm");

testOnDevices("fit() ends at a signal between two steps, and goes on later", async (backend) => {
  await inFolder(async (path) => {
    const expected = await events(trainerOn(backend));
    const trainer = trainerOn(backend);
    const controller = new AbortController();
    const found: unknown[] = [];
    const stopped = async (): Promise<void> => {
      for await (const event of trainer.fit(DATA, { ...OPTIONS, signal: controller.signal })) {
        found.push(timeless(event));
        if (found.length === 4) controller.abort(new Error("enough"));
      }
    };
    await assert.rejects(stopped(), /enough/);
    await trainer.save(path);
    const second = trainerOn(backend);
    await second.restore(path);
    assert.deepEqual([...found, ...await events(second)], expected);
  });
}, ({ name }) => name === "wasm");

Deno.test("fit() lets the event loop turn while it trains", async () => {
  const { DEVICES } = await import("./devices.ts");
  const { backend } = DEVICES[0];
  assert.ok(!("missing" in backend));
  const trainer = new Trainer({
    device: new Device(backend, "test", 3, record),
    model: mlp({ sizes: [INPUTS, 256, 256, CLASSES] }),
    optimizer: sgd({ learningRate: 1e-3 }),
    method: rigl(),
  });
  let turns = 0;
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    turns++;
    return new Response("trained");
  });
  const ask = async (): Promise<void> => {
    const answer = await fetch(`http://127.0.0.1:${server.addr.port}`);
    assert.equal(await answer.text(), "trained");
  };
  // One event at the end of the epoch: all turns are those of fit.
  const asked = ask().then(ask).then(ask);
  const controller = new AbortController();
  const watch = setInterval(() => turns >= 3 && controller.abort(), 1);
  try {
    const options = { epochs: 100_000, batchSize: 100, logEvery: 1_000_000_000 };
    await assert.rejects(async () => {
      for await (const _ of trainer.fit(DATA, { ...options, signal: controller.signal }));
    }, { name: "AbortError" });
    await asked;
    assert.ok(turns >= 3);
  } finally {
    clearInterval(watch);
  }
});
