/**
 * Programs of one device share memory, and nobody reads what another one has written.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Dataset } from "../src/data/dataset.ts";
import type { Backend, KernelCall } from "../src/device/backend.ts";
import type { Method } from "../src/methods/method.ts";
import { rigl } from "../src/methods/rigl.ts";
import { srigl } from "../src/methods/srigl.ts";
import { mlp } from "../src/models/mlp.ts";
import type { Module } from "../src/nn/module.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { relu } from "../src/ops/pointwise/mod.ts";
import { reshape } from "../src/ops/reshape.ts";
import { adamw } from "../src/optim/adamw.ts";
import { Device, labels, matrix } from "../src/program/device.ts";
import type { Program, TracedProgram } from "../src/program/program.ts";
import { readCheckpoint, restoreCheckpoint } from "../src/train/checkpoint.ts";
import { Trainer } from "../src/train/trainer.ts";
import { testOnDevices } from "./devices.ts";
import { ReferenceBackend } from "./reference_backend.ts";

function deviceOn(backend: Backend, seed = 3): Device {
  return new Device(backend, "test", seed, record);
}

function newModel(): Module {
  return mlp({ sizes: [24, 16, 3], sparsity: 0.6 });
}

function traceStep(device: Device, model: Module): TracedProgram {
  const optimizer = adamw({ learningRate: 1e-2, clipNorm: 1 });
  return device.trace([matrix(24, 32), labels(32)], (x, y) => {
    const output = model(x);
    return [optimizer.update(crossEntropy(output, y)), output];
  });
}

async function valuesOf(device: Device, model: Module): Promise<number[][]> {
  return await Promise.all(
    model.parameters.map(async (parameter) => [...await device.readFloats(parameter)]),
  );
}

testOnDevices("Program.floats() gives what its own last run computed,", async (backend) => {
  const device = deviceOn(backend);
  const specs = [matrix(2, 32)];
  const compile = () => device.compile(specs, (x) => [relu(x), x, reshape(x, [1, 2, 1])]);
  using first = await compile();
  using second = await compile();
  await assert.rejects(first.floats(0), /Cannot read output 0: the program has not run/);
  first.run([new Float32Array(64).fill(1)]);
  second.run([new Float32Array(64).fill(2)]);
  for (const output of [0, 1, 2]) {
    assert.deepEqual(new Set(await first.floats(output)), new Set([1]), `output ${output}`);
    assert.deepEqual(new Set(await second.floats(output)), new Set([2]), `output ${output}`);
  }
});

testOnDevices("Program.run() waits for no program that is being measured,", async (backend) => {
  const device = deviceOn(backend);
  using program = await device.compile([matrix(2, 32)], (x) => relu(x));
  using other = await device.compile([matrix(2, 32)], (x) => relu(x));
  const x = [new Float32Array(64).fill(1)];
  const measured = program.measure(x);
  assert.throws(() => other.run(x), /is being measured; expected to be called when that is over/);
  await assert.rejects(other.measure(x), /is being measured/);
  try {
    await measured;
  } catch (error) {
    // An adapter without timestamps: the gate must be open again all the same.
    assert.match(String(error), /has no timestamps/);
  }
  other.run(x);
}, ({ name }) => name === "wasm" || name === "webgpu");

const DATA: Dataset = {
  features: Float32Array.from({ length: 160 * 24 }, (_, i) => Math.sin(3 * i)),
  labels: Uint8Array.from({ length: 160 }, (_, i) => i % 3),
  examples: 160,
  inputs: 24,
  classes: 3,
};

/** Losses and patterns of a training that says when a step is over. */
async function train(device: Device, method: Method, turn: () => Promise<void>): Promise<string> {
  const optimizer = adamw({ learningRate: 1e-2 });
  using trainer = new Trainer({ device, model: newModel(), optimizer, method, seed: 5 });
  const losses: number[] = [];
  for await (const event of trainer.fit(DATA, { epochs: 2, batchSize: 16, logEvery: 1 })) {
    if (event.kind === "step") losses.push(event.loss);
    await turn();
  }
  return `${losses} ${trainer.topology.hash}`;
}

for (const method of [rigl({ every: 2 }), srigl({ every: 3 })]) {
  testOnDevices(
    `Trainer trains beside another one by ${method.name} as it does alone,`,
    async (backend) => {
      const device = deviceOn(backend);
      const alone = await train(device, method, () => Promise.resolve());
      const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
      const other = rigl({ every: 1, fraction: 0.5 });
      const [beside] = await Promise.all([
        train(device, method, turn),
        train(device, other, turn),
      ]);
      assert.equal(beside, alone);
    },
    ({ name }) => ["wasm", "wasm relaxed, 2 threads", "webgpu"].includes(name),
  );
}

Deno.test("Device.compile() at the same time begins with what one after the other begins with", async () => {
  const one = deviceOn(new ReferenceBackend());
  const [a, b] = [newModel(), newModel()];
  const programs: Program[] = [];
  for (const model of [a, b, a]) programs.push(await one.prepare(traceStep(one, model)));
  const other = deviceOn(new ReferenceBackend());
  const [c, d] = [newModel(), newModel()];
  await Promise.all([d, c, c].map((model) => other.prepare(traceStep(other, model))));
  assert.deepEqual(await valuesOf(other, c), await valuesOf(one, a));
  assert.deepEqual(await valuesOf(other, d), await valuesOf(one, b));
  assert.equal(other.allocatedBytes, one.allocatedBytes);
});

Deno.test("Device.compile() takes first values of its seed and the order of its parameters alone", async () => {
  const device = deviceOn(new ReferenceBackend(), 3);
  const [a, b, c] = [newModel(), newModel(), newModel()];
  await device.compile([matrix(24, 32)], (x) => a(x));
  await device.compile([matrix(24, 32)], (x) => b(x), { seed: 4 });
  await device.place(c.parameters, { seed: 4 });
  const [first, second, third] = await Promise.all([a, b, c].map((m) => valuesOf(device, m)));
  assert.deepEqual(second, third);
  assert.notDeepEqual(first, second);
  const other = deviceOn(new ReferenceBackend(), 4);
  const d = newModel();
  await other.place([newModel(), d].flatMap(({ parameters }) => parameters), {
    order: d.parameters,
  });
  assert.deepEqual(await valuesOf(other, d), second);
});

/** Fails at one allocation, or where it compiles. */
class FailingBackend extends ReferenceBackend {
  /** Allocations until one fails. */
  left = Infinity;
  /** Whether it compiles nothing. */
  refuses = false;

  /** Takes zeroed memory, unless it is the one that fails. */
  override allocate(bytes: number, label: string): ReturnType<ReferenceBackend["allocate"]> {
    if (this.left-- === 0) throw new RangeError(`no memory for ${label}`);
    return super.allocate(bytes, label);
  }

  /** Compiles, unless it refuses to. */
  override compile(calls: readonly KernelCall[]): ReturnType<ReferenceBackend["compile"]> {
    if (this.refuses) return Promise.reject(new TypeError("refused"));
    return super.compile(calls);
  }
}

Deno.test("Device.compile() gives everything back wherever it fails", async () => {
  const backend = new FailingBackend();
  const device = deviceOn(backend);
  const model = newModel();
  const traced = traceStep(device, model);
  let failures = 0;
  for (let compiled = false; !compiled; failures++) {
    backend.left = failures;
    try {
      (await device.prepare(traced)).dispose();
      compiled = true;
    } catch (error) {
      assert.match(String(error), /no memory for/);
      assert.equal(device.allocatedBytes, 0, `after allocation ${failures} failed`);
      assert.ok(!model.parameters.some((parameter) => device.has(parameter)));
    }
  }
  assert.ok(failures > 20, `only ${failures} allocations were tried`);
  backend.left = Infinity;
  const other = deviceOn(new ReferenceBackend());
  const same = newModel();
  await other.prepare(traceStep(other, same));
  assert.deepEqual(await valuesOf(device, model), await valuesOf(other, same));
});

testOnDevices(
  "Device.compile() gives everything back where the memory is too small,",
  async (backend) => {
    const device = deviceOn(backend);
    const before = device.allocatedBytes;
    const model = newModel();
    const specs = [matrix(24, 32), matrix(2 ** 26, 32)];
    const compiled = device.compile(specs, (x, large) => [model(x), relu(large)]);
    await assert.rejects(compiled, { name: "RangeError" });
    assert.equal(device.allocatedBytes, before);
    using _program = await device.compile([matrix(24, 32)], (x) => model(x));
  },
);

Deno.test("Device.compile() that fails leaves what another compilation shares", async () => {
  const backend = new FailingBackend();
  const device = deviceOn(backend);
  const model = newModel();
  backend.refuses = true;
  const both = (): Promise<PromiseSettledResult<Program>[]> =>
    Promise.allSettled([1, 2].map(() => device.prepare(traceStep(device, model))));
  assert.deepEqual((await both()).map(({ status }) => status), ["rejected", "rejected"]);
  assert.equal(device.allocatedBytes, 0);
  backend.refuses = false;
  // One allocation fails, while the other program waits for the same parameters, or for its own memory.
  let rejected = 0;
  for (let allocation = 0; allocation < 30; allocation++) {
    backend.left = allocation;
    const results = await both();
    backend.left = Infinity;
    const programs = results.filter((result) => result.status === "fulfilled");
    rejected += results.length - programs.length;
    for (const { value } of programs) {
      value.run([new Float32Array(24 * 32).fill(1), new Uint32Array(32)]);
      const [losses] = await value.scalars();
      assert.ok(losses[0] > 0, `after allocation ${allocation} failed`);
      value.dispose();
    }
    if (programs.length === 0) assert.equal(device.allocatedBytes, 0);
  }
  assert.ok(rejected > 20, `only ${rejected} compilations failed`);
});

Deno.test("Device.place() gives back what it took if it fails", async () => {
  const backend = new FailingBackend();
  const device = deviceOn(backend);
  const [first, second] = [newModel(), newModel()];
  await device.place(first.parameters);
  const before = device.allocatedBytes;
  backend.left = 2;
  await assert.rejects(device.place([...first.parameters, ...second.parameters]), /no memory/);
  assert.equal(device.allocatedBytes, before);
  assert.ok(first.parameters.every((parameter) => device.has(parameter)));
  assert.ok(!second.parameters.some((parameter) => device.has(parameter)));
});

Deno.test("Device.place() refuses a model that was rewired on another device", async () => {
  const one = deviceOn(new ReferenceBackend());
  const model = newModel();
  const optimizer = adamw({ learningRate: 1e-2 });
  const trainer = new Trainer({ device: one, model, optimizer, method: rigl({ every: 1 }) });
  for await (const _ of trainer.fit(DATA, { epochs: 1, batchSize: 16 }));
  const { hash } = trainer.topology;
  const other = deviceOn(new ReferenceBackend());
  const expected = { name: "ReferenceError", message: /save the one and load it into the other/ };
  await assert.rejects(other.place(model.parameters), expected);
  assert.equal(other.allocatedBytes, 0);
  assert.equal(trainer.topology.hash, hash);
});

Deno.test("a checkpoint that finds no memory on another device leaves the model as it is", async () => {
  const optimizer = adamw({ learningRate: 1e-2 });
  const trained = newModel();
  const source = new Trainer({
    ...{ device: deviceOn(new ReferenceBackend(), 8), model: trained, optimizer },
    method: rigl({ every: 1 }),
  });
  for await (const _ of source.fit(DATA, { epochs: 1, batchSize: 16 }));
  const checkpoint = await readCheckpoint(await source.encode());
  const model = newModel();
  await deviceOn(new ReferenceBackend()).place(model.parameters);
  const patterns = () => model.weights.map(({ sparse }) => sparse?.pattern);
  const before = patterns();
  const backend = new FailingBackend();
  const device = deviceOn(backend);
  const weightsOnly = { weightsOnly: true };
  backend.left = 1;
  await assert.rejects(restoreCheckpoint(checkpoint, { device, model }, weightsOnly), /no memory/);
  patterns().forEach((pattern, i) => assert.equal(pattern, before[i]));
  backend.left = Infinity;
  await restoreCheckpoint(checkpoint, { device, model }, weightsOnly);
  assert.deepEqual(patterns(), trained.weights.map(({ sparse }) => sparse?.pattern));
});

Deno.test("Device.write() refuses numbers of another type", async () => {
  const device = deviceOn(new ReferenceBackend());
  const [weight] = newModel().parameters;
  await device.place([weight]);
  assert.throws(() => device.write(weight, new Uint32Array(weight.length)), {
    name: "TypeError",
    message: /Cannot write ".*": got a Uint32Array; expected f32/,
  });
});

Deno.test("Workspace gives back what it took if a slot cannot be had, and never shares a slot of one's own", async () => {
  const { Workspace } = await import("../src/program/plan.ts");
  const live = new Set<{ bytes: number; label: string }>();
  const workspace = new Workspace(
    (bytes) => {
      if (bytes > 1000) throw new RangeError("too large");
      const buffer = { bytes, label: "slot" };
      live.add(buffer);
      return buffer;
    },
    (buffer) => live.delete(buffer),
  );
  const slot = (bytes: number, own = false) => ({
    ...{ category: "activations" as const, bytes, tensors: [] },
    own,
  });
  const [shared, own] = workspace.assign([slot(100), slot(50, true)]);
  assert.throws(() => workspace.assign([slot(100), slot(200), slot(2000)]), /too large/);
  assert.deepEqual(live, new Set([shared, own]));
  const next = workspace.assign([slot(100), slot(50, true)]);
  assert.equal(next[0], shared);
  assert.notEqual(next[1], own);
});
