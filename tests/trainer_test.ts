import assert from "node:assert/strict";
import { Random } from "../src/device/random.ts";
import type { Backend } from "../src/device/backend.ts";
import type { Dataset } from "../src/data/dataset.ts";
import { rigl } from "../src/methods/rigl.ts";
import { set } from "../src/methods/set.ts";
import { srigl } from "../src/methods/srigl.ts";
import { mlp } from "../src/models/mlp.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import { cosine } from "../src/optim/schedule.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device } from "../src/program/device.ts";
import { Trainer } from "../src/train/trainer.ts";
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
  const before = backend.allocatedBytes;
  const device = new Device(backend, "test", 1, record);
  const trainer = new Trainer({
    device,
    model: mlp({ sizes: [INPUTS, 64, 64, CLASSES], sparsity: 0.9 }),
    optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }),
    method: rigl({ every: 1000 }),
  });
  const planned = trainer.plan({ inputs: INPUTS, batchSize: 40 }).bytes.total;
  for await (const _ of trainer.fit(prototypes(40, 1), { epochs: 1, batchSize: 40 }));
  assert.equal(backend.allocatedBytes - before, planned);
});

Deno.test("Trainer.fit() stops at a loss that is not finite and names the step", async () => {
  const device = new Device(new ReferenceBackend(), "test", 1, record);
  const trainer = new Trainer({
    device,
    model: mlp({ sizes: [INPUTS, 16, CLASSES], sparsity: 0.5 }),
    optimizer: sgd({ learningRate: 1e300 }),
  });
  const run = async (): Promise<void> => {
    for await (const _ of trainer.fit(prototypes(300, 1), { epochs: 5, batchSize: 20 }));
  };
  await assert.rejects(run, /Cannot go on training: the loss of step \d+ is (NaN|Infinity)/);
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
