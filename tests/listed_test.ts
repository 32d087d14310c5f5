/**
 * What a model uses it lists, and what its layers share exists once.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { ClassDataset } from "../src/data/dataset.ts";
import { rigl } from "../src/methods/rigl.ts";
import { set } from "../src/methods/set.ts";
import { conv2d, flatten, image, linear, makeModule, type Module, relu } from "../src/nn/mod.ts";
import { sequential } from "../src/nn/mod.ts";
import { add } from "../src/ops/add.ts";
import { batchNorm } from "../src/ops/batch_norm.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { createDevice } from "../src/ops/device.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device, labels, matrix } from "../src/program/device.ts";
import { Resource } from "../src/program/resource.ts";
import type { Tensor } from "../src/program/trace.ts";
import { fanIn } from "../src/sparse/patterns/mod.ts";
import { traceGrowthProbe } from "../src/train/growth_probe.ts";
import type { StepLoss } from "../src/train/objective.ts";
import { readCheckpoint, saveCheckpoint } from "../src/train/checkpoint.ts";
import { Trainer } from "../src/train/trainer.ts";
import { ReferenceBackend } from "./reference_backend.ts";

const DATA: ClassDataset = {
  features: Float32Array.from({ length: 64 * 16 }, (_, i) => Math.sin(3 * i)),
  labels: Uint8Array.from({ length: 64 }, (_, i) => i % 4),
  examples: 64,
  inputs: 16,
  classes: 4,
};

async function fit(trainer: Trainer): Promise<void> {
  for await (const _ of trainer.fit(DATA, { epochs: 3, batchSize: 16 }));
}

function scale(): Resource {
  const initial = (): Float32Array => new Float32Array(16).fill(1);
  const category = "parameters";
  return new Resource({
    label: "own",
    type: "f32",
    length: 16,
    category,
    trainable: true,
    initial,
  });
}

Deno.test("Trainer refuses a parameter, a pattern or a state that the model does not list, before it trains", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const inner = linear(16, 4, { pattern: fanIn(3), name: "inner" });
  const hidden = makeModule((x: Tensor) => inner(x), { kind: "own" });
  const [weight, bias] = inner.parameters;
  const unrewired = makeModule((x: Tensor) => inner(x), { kind: "own", own: { weight, bias } });
  const [norm, shift, running] = [scale(), scale(), scale()];
  const normed = makeModule((x: Tensor) => {
    const own = { scale: norm, shift, running, epsilon: 1e-5, momentum: 0.1 };
    return inner(batchNorm(x, { ...own, statistics: "tracked" }));
  }, { kind: "own", children: { inner }, own: { norm, shift } });
  const cases: [Module, RegExp][] = [
    [hidden, /uses "inner\.weight" without listing it, .* expected it among the parameters/],
    [unrewired, /uses the pattern of "inner\.weight" .* expected it among the weights/],
    [normed, /uses "own" without listing it/],
  ];
  for (const [model, message] of cases) {
    const before = device.allocatedBytes;
    using trainer = new Trainer({ device, model, optimizer: sgd({ learningRate: 0.1 }) });
    const refused = { name: "TypeError", message };
    await assert.rejects(fit(trainer), refused);
    await assert.rejects(trainer.evaluate(DATA), refused);
    assert.throws(() => trainer.plan({ inputs: 16, batchSize: 16 }), refused);
    assert.equal(device.allocatedBytes, before);
  }
  const target = linear(16, 4, { name: "centre" });
  const loss = (output: Tensor, y: Tensor): Tensor =>
    crossEntropy(add(output, target(output.trace.inputs[0])), y);
  using trainer = new Trainer({ device, model: inner, optimizer: sgd({ learningRate: 1 }), loss });
  await assert.rejects(fit(trainer), /its loss uses "centre\.weight" without listing it/);
});

/** A layer that is applied twice, listed as often as it is used, with a copy of its record. */
function sharing(): { model: Module; shared: Module } {
  const shared = linear(16, 16, { pattern: fanIn(4), name: "shared" });
  const last = linear(16, 4, { name: "last" });
  const copy = { ...shared.weights[0] };
  const model = makeModule((x: Tensor) => last(shared(relu()(shared(x)))), {
    kind: "own",
    children: { shared, again: shared, last },
    own: { values: shared.parameters[0], copy },
  });
  return { model, shared };
}

Deno.test("Trainer rewires, counts and saves once what layers share", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  for (const method of [set({ every: 2 }), rigl({ every: 2 })]) {
    const { model, shared } = sharing();
    const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 });
    using trainer = new Trainer({ device, model, optimizer, method });
    let rewirings = 0, dropped = 0;
    for await (const event of trainer.fit(DATA, { epochs: 3, batchSize: 16 })) {
      if (event.kind !== "rewire") continue;
      rewirings++;
      assert.equal(event.layers.length, 1);
      dropped += event.layers[0].dropped;
    }
    assert.ok(rewirings > 2 && dropped > 0);
    assert.equal(trainer.topology.statistics().length, 1);
    assert.equal(trainer.topology.density, (4 * 16 + 16 * 4) / (16 * 16 + 16 * 4));
    await trainer.save(path);
    const { tensors } = await readCheckpoint(path);
    assert.equal([...tensors.keys()].filter((name) => name.endsWith(":values")).length, 1);
    const again = sharing();
    using other = new Trainer({ device, model: again.model, optimizer, method });
    await other.restore(path);
    assert.deepEqual(
      await device.readFloats(again.shared.parameters[0]),
      await device.readFloats(shared.parameters[0]),
    );
    assert.deepEqual(await other.evaluate(DATA), await trainer.evaluate(DATA));
    await saveCheckpoint(path, { device, model });
    assert.equal((await readCheckpoint(path)).tensors.size, 6);
  }
  await Deno.remove(path);
});

const SHARED = { pattern: fanIn(4), name: "shared" };

for (
  const [name, inputs, layer, before] of [
    ["linear", 16, linear(16, 16, SHARED), []],
    ["linear over positions", 32, linear(16, 16, SHARED), [
      image({ channels: 16, height: 2, width: 1 }),
    ]],
    ["conv2d", 32, conv2d(2, 2, { ...SHARED, padding: 1 }), [
      image({ channels: 2, height: 4, width: 4 }),
    ]],
  ] as const
) {
  Deno.test(`traceGrowthProbe() scores a ${name} layer that is used twice by the sum of both gradients`, async () => {
    const backend = new ReferenceBackend();
    const device = new Device(backend, "test", 1, record);
    const last = linear(inputs, 4, { name: "last" });
    const model = sequential(...before, layer, relu(), layer, flatten(), last);
    const [{ sparse }] = layer.weights;
    assert.ok(sparse !== undefined);
    const entries = sparse.geometry.entries;
    const count = entries - 4;
    const specs = [matrix(inputs, 8), labels(8)];
    const loss: StepLoss = ([x, y], context) => crossEntropy(model(x, context), y);
    const { traced } = traceGrowthProbe(device, specs, loss, new Map([[sparse, count]]));
    using program = await device.prepare(traced);
    const x = Float32Array.from({ length: inputs * 32 }, (_, i) => i % 32 < 8 ? Math.sin(i) : 0);
    const y = Uint32Array.from({ length: 32 }, (_, i) => i % 4);
    program.run([x, y]);
    const [chosen, scores] = [await program.words(1), await program.floats(2)];
    // The same model with the shared weight dense: its gradient is that of every connection.
    const dense = await denseGradient(device, { ...{ layer, last, before, inputs, x, y } });
    const { span, index } = sparse.pattern;
    for (let row = 0; row < sparse.rows; row++) {
      const active = new Set(index.subarray(span[2 * row], span[2 * row + 1]));
      for (let i = 0; i < count; i++) {
        const input = chosen[row * count + i];
        assert.ok(!active.has(input));
        const expected = Math.abs(dense[row * entries + input]);
        const found = scores[row * count + i];
        // The backend computes in float64 and rounds what is read; the dense weights are rounded the same.
        assert.ok(Math.abs(found - expected) < 1e-5 * (1 + expected), `${found}, not ${expected}`);
      }
    }
  });
}

/** The gradient of a dense layer with the weights of a sparse one, in the same place of the model. */
async function denseGradient(
  device: Device,
  { layer, last, before, inputs, x, y }: {
    layer: Module;
    last: Module;
    before: readonly Module[];
    inputs: number;
    x: Float32Array;
    y: Uint32Array;
  },
): Promise<Float32Array> {
  const { sparse, shape: [rows, entries] } = layer.weights[0];
  assert.ok(sparse !== undefined);
  const values = await device.readFloats(sparse.values);
  const full = new Float32Array(rows * entries);
  const { span, index } = sparse.pattern;
  for (let row = 0; row < rows; row++) {
    for (let at = span[2 * row]; at < span[2 * row + 1]; at++) {
      full[row * entries + index[at]] = values[at];
    }
  }
  const twin = rows === 16 ? linear(16, 16) : conv2d(2, 2, { padding: 1 });
  const model = sequential(...before, twin, relu(), twin, flatten(), last);
  const [weight] = twin.parameters;
  const optimizer = sgd({ learningRate: 1 });
  using step = await device.compile(
    [matrix(inputs, 8), labels(8)],
    (a, b) => optimizer.update(crossEntropy(model(a), b)),
  );
  device.write(weight, full);
  step.run([x, y]);
  const after = await device.readFloats(weight);
  return full.map((value, i) => value - after[i]);
}

Deno.test("traceGrowthProbe() refuses a weight that the loss does not depend on", () => {
  const device = new Device(new ReferenceBackend(), "test", 1, record);
  const [used, unused] = ["used", "unused"].map((name) =>
    linear(16, 4, { pattern: fanIn(3), name })
  );
  const model = makeModule((x: Tensor) => used(x), { kind: "own", children: { used, unused } });
  const optimizer = sgd({ learningRate: 0.1 });
  const trainer = new Trainer({ device, model, optimizer, method: rigl() });
  assert.throws(() => trainer.plan({ inputs: 16, batchSize: 16 }), {
    name: "TypeError",
    message: /Cannot score the growth of "unused\.weight": the loss does not depend on it/,
  });
});

Deno.test("Trainer and layers of layers refuse a plain function", () => {
  const device = new Device(new ReferenceBackend(), "test", 1, record);
  const optimizer = sgd({ learningRate: 0.1 });
  const plain = ((x: Tensor) => x) as Module;
  const message =
    /the model is a plain function, which does not .* expected a Module, .*makeModule/;
  assert.throws(() => new Trainer({ device, model: plain, optimizer }), {
    name: "TypeError",
    message,
  });
  assert.throws(() => sequential(linear(4, 4), plain), {
    name: "TypeError",
    message: /Cannot compose layers: layer 1 is a plain function/,
  });
  const none = undefined as unknown as Module;
  assert.throws(() => new Trainer({ device, model: none, optimizer }), /the model is undefined/);
});

Deno.test("sequential() never takes a layer of one's own for a relu by its name", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const weight = linear(2, 2, { name: "weight" });
  const own = makeModule((x: Tensor) => x, { kind: "relu" });
  const model = sequential(weight, own);
  using program = await device.compile([matrix(2, 32)], (x) => model(x));
  device.write(weight.parameters[0], Float32Array.of(-1, 0, 0, -1));
  program.run([new Float32Array(64).fill(1)]);
  assert.equal((await program.floats(0))[0], -1);
});
