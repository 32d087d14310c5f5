import assert from "node:assert/strict";
import { Random } from "../src/device/random.ts";
import type { Backend } from "../src/device/backend.ts";
import type { Dataset } from "../src/data/dataset.ts";
import { sourceOf } from "../src/data/examples_source.ts";
import type { Source } from "../src/data/source.ts";
import { rigl } from "../src/methods/rigl.ts";
import { set } from "../src/methods/set.ts";
import { srigl } from "../src/methods/srigl.ts";
import { mlp } from "../src/models/mlp.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import { cosine } from "../src/optim/schedule.ts";
import { sgd } from "../src/optim/sgd.ts";
import { DivergenceError, requireFinite } from "../src/train/finite.ts";
import { Device } from "../src/program/device.ts";
import { type StepEvent, Trainer } from "../src/train/trainer.ts";
import { testOnDevices } from "./devices.ts";
import { ReferenceBackend } from "./reference_backend.ts";

const INPUTS = 36;
const CLASSES = 4;

/** Noisy copies of one random prototype per class. */
function prototypes(examples: number, seed: number): Dataset {
  const random = new Random({ seed, use: "noise" });
  const shapes = random.normals(CLASSES * INPUTS, 1);
  const targets = Uint8Array.from({ length: examples }, () => random.below(CLASSES));
  const features = Float32Array.from(
    { length: examples * INPUTS },
    (_, i) => shapes[targets[Math.floor(i / INPUTS)] * INPUTS + i % INPUTS] + 0.5 * random.normal(),
  );
  return { features, labels: targets, examples, inputs: INPUTS, classes: CLASSES };
}

interface Curve {
  losses: number[];
  hash: string;
  accuracy: number;
}

async function train(backend: Backend, seed: number): Promise<Curve> {
  const device = new Device(backend, "test", seed, record);
  const trainer = new Trainer({
    device,
    model: mlp({ sizes: [INPUTS, 48, 32, CLASSES], sparsity: 0.8 }),
    optimizer: adamw({ learningRate: cosine(1e-2), clipNorm: 1, weightDecay: 1e-4 }),
    method: srigl({ every: 5, gammaSal: 0.5 }),
    seed,
  });
  const losses: number[] = [];
  for await (
    const event of trainer.fit(prototypes(300, 7), { epochs: 10, batchSize: 48, logEvery: 7 })
  ) {
    if (event.kind === "step") losses.push(...event.losses);
  }
  const { accuracy } = await trainer.evaluate(prototypes(300, 7), { batchSize: 64 });
  return { losses, hash: trainer.topology.hash, accuracy };
}

testOnDevices("Trainer gives the same loss curve twice, bit for bit,", async (backend) => {
  const first = await train(backend, 3);
  assert.deepEqual(await train(backend, 3), first);
  assert.notDeepEqual(
    (await train(backend, 4)).losses,
    first.losses,
    "another seed, another curve",
  );
});

testOnDevices("Trainer learns separable classes", async (backend) => {
  const { losses, accuracy } = await train(backend, 5);
  // 70 steps, of which every fifth goes into growth scores while rewiring lasts.
  assert.ok(losses.length >= 56, `${losses.length} losses`);
  assert.ok(accuracy > 0.97, `accuracy ${accuracy}`);
});

testOnDevices("Trainer.plan() equals the bytes that training takes", async (backend) => {
  for (const accumulate of [1, 3]) {
    const packed = accumulate > 1;
    const data = packed ? bytes() : prototypes(40, 1);
    const before = backend.allocatedBytes;
    const device = new Device(backend, "test", 1, record);
    const trainer = new Trainer({
      device,
      model: mlp({ sizes: [data.inputs, 64, 64, CLASSES], sparsity: 0.9 }),
      optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }),
      method: rigl({ every: 1000 }),
    });
    const planned = trainer.plan({ inputs: data.inputs, bytes: packed, batchSize: 40, accumulate });
    const options = { epochs: 1, batchSize: 40, accumulate };
    for await (const _ of trainer.fit(data, options));
    assert.equal(backend.allocatedBytes - before, planned.bytes.total, `accumulate ${accumulate}`);
    assert.equal(planned.kernels.cross_entropy, accumulate);
    assert.equal(planned.kernels.sgd_momentum, 6);
  }
});

/** The same as bytes: 34 features, of which the last word has two, and a last batch of ten. */
function bytes(): Dataset {
  const { features, ...rest } = prototypes(90, 2);
  const inputs = INPUTS - 2;
  return {
    ...{ ...rest, inputs, normalization: { mean: 0.5, deviation: 0.3 } },
    features: Uint8Array.from(features.subarray(0, 90 * inputs), (x) => 128 + 40 * x),
  };
}

testOnDevices(
  "Trainer takes bytes for the numbers that they stand for, bit for bit,",
  async (backend) => {
    const data = bytes();
    const run = async (...given: readonly (Dataset | Source)[]): Promise<unknown> => {
      const device = new Device(backend, "test", 1, record);
      const trainer = new Trainer({
        device,
        model: mlp({ sizes: [data.inputs, 24, CLASSES], sparsity: 0.7 }),
        optimizer: sgd({ learningRate: 0.1 }),
        method: rigl({ every: 2 }),
        seed: 1,
      });
      const losses: number[] = [];
      const options = { batchSize: 40, logEvery: 1 };
      for (const [epoch, each] of given.entries()) {
        if (epoch > 0) await trainer.restore(await trainer.encode());
        const extend = { epochs: epoch + 1, extend: true };
        for await (const event of trainer.fit(each, { ...options, ...extend, validation: each })) {
          if (event.kind === "step") losses.push(...event.losses);
          if (event.kind === "epoch") losses.push(event.validation?.loss ?? NaN);
        }
      }
      const predictions = await Array.fromAsync(trainer.predict(given[0]));
      return { losses, predictions, hash: trainer.topology.hash };
    };
    const numbers = sourceOf(data);
    const first = await run(data, data);
    assert.deepEqual(await run(numbers, numbers), first);
    // A run that was begun with one goes on with the other.
    assert.deepEqual(await run(numbers, data), first);
  },
);

testOnDevices(
  "Trainer.fit() makes steps of several batches those of one large batch",
  async (backend) => {
    const run = async (batchSize: number, accumulate: number): Promise<StepEvent[]> => {
      const trainer = new Trainer({
        device: new Device(backend, "test", 2, record),
        model: mlp({ sizes: [INPUTS, 24, CLASSES], sparsity: 0.7 }),
        optimizer: sgd({ learningRate: cosine(0.1), momentum: 0.9 }),
        seed: 2,
      });
      const events: StepEvent[] = [];
      // Nine steps of 96 examples and one of 36: three batches, the last one of 4.
      const options = { epochs: 2, batchSize, accumulate, logEvery: 1 };
      for await (const event of trainer.fit(prototypes(900, 3), options)) {
        if (event.kind === "step") events.push(event);
      }
      return events;
    };
    const whole = await run(96, 1);
    assert.equal(whole.length, 20);
    for (const accumulate of [2, 6]) {
      const parts = await run(96 / accumulate, accumulate);
      assert.equal(parts.length, whole.length);
      parts.forEach(({ loss, gradientNorm, learningRate, step }, i) => {
        assert.equal(step, whole[i].step);
        assert.equal(learningRate, whole[i].learningRate);
        assert.ok(
          Math.abs(loss - whole[i].loss) < 1e-4 * (1 + loss),
          `loss of step ${step}: ${loss}`,
        );
        const expected = whole[i].gradientNorm;
        assert.ok(gradientNorm > 0 && Math.abs(gradientNorm - expected) < 1e-3 * expected);
      });
    }
  },
);

Deno.test("Trainer.fit() spends one batch of a step on growth scores", async () => {
  const trainer = new Trainer({
    device: new Device(new ReferenceBackend(), "test", 2, record),
    model: mlp({ sizes: [INPUTS, 24, CLASSES], sparsity: 0.7 }),
    optimizer: sgd({ learningRate: 0.1 }),
    method: rigl({ every: 2, until: 1 }),
    seed: 2,
  });
  const steps: number[] = [];
  const losses: number[] = [];
  // Steps of 4, 4 and 1 batches, twice; the third step is a rewiring of a single batch.
  const options = { epochs: 2, batchSize: 10, accumulate: 4, logEvery: 1 };
  for await (const event of trainer.fit(prototypes(85, 3), options)) {
    if (event.kind === "rewire") steps.push(event.step);
    if (event.kind === "step") losses.push(...event.losses);
  }
  assert.deepEqual(steps, [2, 4]);
  assert.equal(trainer.step, 6);
  // Step 2 had no batch left to update with.
  assert.equal(losses.length, 5);
});

Deno.test("Trainer.fit() stops at a loss that is not finite and names step and parameter", async () => {
  for (const method of [undefined, rigl({ every: 6 })]) {
    const device = new Device(new ReferenceBackend(), "test", 1, record);
    const model = mlp({ sizes: [INPUTS, 16, CLASSES], sparsity: 0.5 });
    const optimizer = sgd({ learningRate: 0.1 });
    const trainer = new Trainer({ device, model, optimizer, ...(method && { method }) });
    const options = { epochs: 5, batchSize: 20, logEvery: 4 };
    const run = async (): Promise<void> => {
      for await (const event of trainer.fit(prototypes(300, 1), options)) {
        if (event.kind !== "step") continue;
        assert.equal(event.step, 4);
        const { values } = model.weights[1];
        const data = await device.readFloats(values);
        device.write(values, data.map((value) => value === 0 ? 0 : NaN));
      }
    };
    await assert.rejects(run, (error) => {
      assert.ok(error instanceof DivergenceError, String(error));
      assert.equal(error.step, 4);
      assert.equal(error.parameter, "layer0.weight");
      const { message } = error;
      assert.match(message, /^Cannot go on training: the loss of step 4 is NaN, and by now \d+ of/);
      return true;
    });
    const path = await Deno.makeTempFile();
    await assert.rejects(trainer.save(path), DivergenceError);
    assert.equal((await Deno.stat(path)).size, 0);
    await Deno.remove(path);
  }
});

Deno.test("requireFinite() tells the first parameter that is not finite, or that all are", async () => {
  const device = new Device(new ReferenceBackend(), "test", 1, record);
  const model = mlp({ sizes: [INPUTS, 16, CLASSES] });
  const optimizer = adamw({ learningRate: 0.1 });
  const moments = optimizer.begin(model.parameters);
  const suspects = { device, model, moments };
  const [, , weight] = model.parameters;
  const moment = moments.of(weight)[1];
  await device.place([...model.parameters, moment]);
  const check = async (loss: number, norm: number): Promise<void> =>
    await requireFinite({
      steps: [6, 8],
      losses: Float32Array.of(1, loss),
      norms: Float32Array.of(1, norm),
    }, suspects);
  await check(2, 2);
  await assert.rejects(
    check(Infinity, NaN),
    /loss of step 8 is Infinity, and all weights are finite/,
  );
  device.write(moment, new Float32Array(moment.length).fill(Infinity));
  await assert.rejects(check(2, NaN), {
    message: /norm of the gradient of step 8 is NaN, and "layer1.weight" has had gradients that/,
    parameter: "layer1.weight",
  });
  device.write(weight, new Float32Array(weight.length).fill(1).fill(NaN, 3, 5));
  await assert.rejects(
    check(NaN, 1),
    /by now 2 of the 64 values of "layer1.weight" are not finite/,
  );
});

Deno.test("Topology.statistics() counts every position that was ever active", async () => {
  const device = new Device(new ReferenceBackend(), "test", 1, record);
  const trainer = new Trainer({
    device,
    model: mlp({ sizes: [INPUTS, 24, CLASSES], sparsity: 0.8, distribution: "uniform" }),
    optimizer: sgd({ learningRate: 0.1 }),
    method: set({ every: 1, fraction: 0.5, until: 1 }),
  });
  for await (const _ of trainer.fit(prototypes(32, 1), { epochs: 1, batchSize: 16 }));
  for (const { label, density, explored, connections, shape } of trainer.topology.statistics()) {
    // One rewiring, half of the connections replaced, at random.
    assert.ok(explored >= density, `${label}: explored ${explored}, density ${density}`);
    const most = (connections + Math.floor(connections / 2)) / (shape[0] * shape[1]);
    assert.ok(explored <= most + 1e-12, `${label}: explored ${explored}, at most ${most}`);
  }
  assert.ok(trainer.topology.statistics().some((layer) => layer.explored > layer.density));
});
