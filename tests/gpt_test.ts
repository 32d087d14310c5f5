/**
 * GPT: angles, gradients, devices, checkpoints, runs that go on, and tokens that are read one after the other.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Backend } from "../src/device/backend.ts";
import { characterWindows } from "../src/data/tokens/mod.ts";
import { dynsparse } from "../src/methods/dynsparse.ts";
import { type Gpt, gpt, gptLayer, type GptOptions } from "../src/models/gpt.ts";
import { treeOfModel } from "../src/nn/module.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { linear } from "../src/ops/linear.ts";
import { rotary, rotaryAngles } from "../src/ops/rotary.ts";
import { adamw } from "../src/optim/adamw.ts";
import { Device } from "../src/program/device.ts";
import { he } from "../src/sparse/init.ts";
import { block } from "../src/sparse/patterns/block.ts";
import { nextToken } from "../src/tasks/next_token.ts";
import { Decoding } from "../src/train/decoding.ts";
import { CheckpointError } from "../src/train/errors.ts";
import { generate } from "../src/train/generate.ts";
import { loadModel } from "../src/train/load.ts";
import { Trainer } from "../src/train/trainer.ts";
import { checkTaskGradients } from "./task_gradients.ts";
import { Source } from "./arbitraries.ts";
import { DEVICES, testOnDevices } from "./devices.ts";
import { checkOperation } from "./operation_gradients.ts";
import { WatchedBackend } from "./reference_backend.ts";

const POSITIONS = 7;

/** A text that has some order. */
const TEXT = "a rose is a rose is a rose, and a nose is a nose.\n".repeat(40);

const WINDOWS = characterWindows(TEXT, { positions: POSITIONS });

/** The form of GPT-2, and the other one. */
const FORMS: readonly GptOptions[] = [
  { vocabulary: 0, positional: "learned", norm: "layer" },
  { vocabulary: 0, positional: "rotary", norm: "rms", gelu: "erf" },
];

/** A GPT of small layers. */
function small(form: Partial<GptOptions> = {}): Gpt {
  return gpt({
    size: { layers: 2, features: 8, heads: 2 },
    ...{ positions: POSITIONS, sparsity: 0.5, pattern: (density) => block(4, { density }) },
    ...form,
    vocabulary: WINDOWS.preparation.pieces.length,
  });
}

function trainerOn(device: Device, model = small()): Trainer {
  const optimizer = adamw({ learningRate: 0.01, weightDecay: 0.01, clipNorm: 1 });
  const method = dynsparse({ every: 4, until: 1 });
  return new Trainer({ device, model, task: nextToken(), optimizer, method, seed: 5 });
}

Deno.test("rotary() has the gradient of central differences", async () => {
  await checkOperation((x) => rotary(x, { angles: rotaryAngles(4, 5) }), [[8, 3]], 1);
});

Deno.test("rotary() refuses what its angles do not fit", async () => {
  const device = new Device(new WatchedBackend(), "test", 1, record);
  const angles = rotaryAngles(4, 5);
  const of = (features: number, positions: number) =>
    device.compile(
      [{ shape: [features, positions, 32], type: "f32" }],
      (x) => rotary(x, { angles }),
    );
  await assert.rejects(of(6, 3), /Cannot turn f32 x \[6,3,32\]: expected f32 x \[heads \* 4,/);
  await assert.rejects(of(8, 6), /at most 5 positions/);
  assert.throws(() => rotaryAngles(3, 5), /heads of 3 features: expected an even whole number/);
});

testOnDevices("rotary() makes products depend on the distance alone", async (backend) => {
  const device = new Device(backend, "test", 1, record);
  const angles = rotaryAngles(8, 40);
  using program = await device.compile(
    [{ shape: [8, 2, 32], type: "f32" }, { shape: [2, 32], type: "u32" }],
    (x, places) => rotary(x, { angles, places }),
  );
  const x = new Source(3).floats(8 * 2 * 32);
  // Example e has its two columns at e and at e + 5: all of them the same query and key.
  for (let at = 0; at < x.length; at++) x[at] = x[at - at % 32];
  const places = Uint32Array.from({ length: 64 }, (_, at) => at % 32 + (at < 32 ? 0 : 5));
  program.run([x, places]);
  const y = await program.floats(0);
  const product = (example: number): number => {
    let sum = 0;
    for (let f = 0; f < 8; f++) sum += y[f * 64 + example] * y[f * 64 + 32 + example];
    return sum;
  };
  for (let example = 1; example < 32; example++) {
    // Eight products of cosines and sines that are rounded to float32.
    assert.ok(Math.abs(product(example) - product(0)) < 2e-5, `${product(example)} ${product(0)}`);
  }
});

Deno.test("gpt() has six sparse matrices of one density in every block", () => {
  for (const form of FORMS) {
    const model = small(form);
    const sparse = model.weights.filter((weight) => weight.sparse !== undefined);
    assert.equal(sparse.length, 12);
    for (const { sparse: weight, shape: [rows, inputs] } of sparse) {
      assert.equal(weight?.geometry.budget, rows * inputs / 16 / 2);
    }
    const ways = [...treeOfModel(model).parameters.values()];
    assert.equal(ways.includes("positions.weight"), form.positional === "learned");
    assert.equal(ways.includes("decoder.layer1.norm.bias"), form.norm === "layer");
  }
  assert.throws(
    () => gpt({ vocabulary: 9, sparsity: 1 }),
    /sparsity 1: expected a share in \[0, 1\)/,
  );
});

/** Parameters of each kind. */
const LOOKED_AT = [
  "words.weight",
  "decoder.layer0.attention.norm.gain",
  "decoder.layer0.attention.query.weight",
  "decoder.layer0.attention.key.weight",
  "decoder.layer0.attention.output.bias",
  "decoder.layer0.norm.gain",
  "decoder.layer0.intermediate.weight",
  "decoder.layer0.output.weight",
  "norm.gain",
];

Deno.test("the gradients of a GPT are central differences, in float64", async () => {
  for (const form of FORMS) {
    const model = small({ ...form, size: { layers: 1, features: 8, heads: 2 } });
    const byWay = new Map([...treeOfModel(model).parameters].map(([one, way]) => [way, one]));
    const ways = form.positional === "learned" ? [...LOOKED_AT, "positions.weight"] : LOOKED_AT;
    const chosen = ways.map((way) => byWay.get(way) ?? assert.fail(way));
    await checkTaskGradients({ model, task: nextToken(), source: WINDOWS.train, chosen });
  }
});

/** Devices that differ in how they compute. */
const AMONG = ["wasm", "wasm relaxed, 2 threads", "webgpu"];

/** What a model gives after a few steps: its loss and metrics. */
async function measured(backend: Backend): Promise<number[]> {
  const device = new Device(backend, "test", 1, record);
  using trainer = trainerOn(device, small(FORMS[1]));
  const before = await trainer.evaluate(WINDOWS.test);
  for await (const _ of trainer.fit(WINDOWS.train, { epochs: 1, batchSize: 32 }));
  const after = await trainer.evaluate(WINDOWS.test);
  for (const { loss, perplexity } of [before, after]) assert.equal(perplexity, Math.exp(loss));
  assert.ok(after.loss < before.loss, `${after.loss} after ${before.loss}`);
  return [before.loss, after.loss, after.tokenAccuracy];
}

Deno.test("a GPT learns the same on every device", async () => {
  const backends = DEVICES.filter(({ name }) => AMONG.includes(name))
    .flatMap(({ backend }) => "missing" in backend ? [] : [backend]);
  const [first, ...others] = await Promise.all(backends.map(measured));
  for (const other of others) {
    // Adam's steps of 0.01 amplify the rounding of gradients near 0.
    first.forEach((value, i) => assert.ok(Math.abs(value - other[i]) < 1e-3, `${first} ${other}`));
  }
});

testOnDevices("a GPT whose training goes on is the one that never stopped", async (backend) => {
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  const device = new Device(backend, "test", 1, record);
  const options = { epochs: 2, batchSize: 64, logEvery: 1 };
  const losses: number[] = [], others: number[] = [];
  const hashes: string[] = [];
  for (const losing of [losses, others]) {
    using trainer = trainerOn(device, small({ dropout: 0.1 }));
    if (losing === others) await trainer.restore(path);
    for await (const event of trainer.fit(WINDOWS.train, options)) {
      if (event.kind !== "step") continue;
      losing.push(event.loss);
      if (losing === losses && event.step === 4) await trainer.save(path);
    }
    hashes.push(trainer.topology.hash);
  }
  assert.ok(losses.length > 6);
  assert.deepEqual(others, losses.slice(4));
  assert.equal(hashes[0], hashes[1]);
  await Deno.remove(path);
}, ({ name }) => name === "wasm" || name === "wasm relaxed, 2 threads");

testOnDevices("Decoding gives what the whole text gives", async (backend) => {
  const device = new Device(backend, "test", 1, record);
  for (const form of FORMS) {
    // What begins large says more than what begins near 0.
    const model = small({ ...form, weights: { init: he() } });
    using whole = await device.compile([{ shape: [POSITIONS, 32], type: "u32" }], (tokens) => {
      const { hidden, head } = model(tokens);
      return linear(hidden, head.table);
    });
    const tokens = new Source(4).integers(POSITIONS, WINDOWS.preparation.pieces.length);
    whole.run([Uint32Array.from({ length: 32 * POSITIONS }, (_, at) => tokens[at >> 5])]);
    const expected = await whole.floats(0);
    using decoding = await Decoding.open(device, model);
    decoding.read(tokens[2]);
    decoding.restart();
    for (const [place, token] of tokens.entries()) {
      decoding.read(token);
      const logits = await decoding.logits();
      // Logits of a few, of sums of eight products in another order.
      logits.forEach((logit, word) => {
        const other = expected[(word * POSITIONS + place) * 32];
        assert.ok(Math.abs(logit - other) < 1e-5, `position ${place}: ${logit}, not ${other}`);
      });
    }
    assert.throws(() => decoding.read(0), /at position 7: the model has 7/);
  }
}, ({ name }) => AMONG.includes(name));

Deno.test("loadModel() gives a GPT as what it is, and it generates what the trained one does", async () => {
  const backend = DEVICES.flatMap(({ backend }) => "missing" in backend ? [] : [backend])[0];
  const device = new Device(backend, "test", 1, record);
  const other = new Device(backend, "test", 9, record);
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  const trained = small({ dropout: 0.1 });
  using trainer = trainerOn(device, trained);
  for await (const _ of trainer.fit(WINDOWS.train, { epochs: 1, batchSize: 32 }));
  await trainer.save(path);
  const { model } = await loadModel(path, other, { as: gptLayer });
  const { preparation } = WINDOWS;
  const textOf = async (device: Device, model: Gpt, seed: number) => {
    let text = "";
    const options = { device, model, preparation, prompt: "a rose", tokens: 20, seed, topK: 5 };
    for await (const more of generate(options)) text += more;
    return text;
  };
  const text = await textOf(device, trained, 1);
  assert.equal(text.length, 20);
  assert.equal(await textOf(other, model, 1), text);
  assert.notEqual(await textOf(other, model, 2), text);
  await assert.rejects(() => loadModel(path, other), (error) => {
    assert.ok(error instanceof CheckpointError);
    assert.match(error.message, /its model is of the kind "gpt", which takes several tensors/);
    return true;
  });
  await Deno.remove(path);
});

Deno.test("generate() refuses what the model does not know, and what is too long", async () => {
  const device = new Device(
    DEVICES.flatMap(({ backend }) => "missing" in backend ? [] : [backend])[0],
    "test",
    1,
    record,
  );
  const model = small();
  const { preparation } = WINDOWS;
  const going = (options: object) =>
    generate({ device, model, preparation, tokens: 1, ...options }).next();
  await assert.rejects(going({ prompt: "Q" }), /character 1 is "Q" \(U\+0051\)/);
  await assert.rejects(going({ prompt: "a rose is" }), /it has 9 tokens; expected at most the 7/);
  await assert.rejects(going({ temperature: -1 }), /the temperature is -1/);
  await assert.rejects(going({ topP: 0 }), /their share is 0/);
  await assert.rejects(going({ topK: 1.5 }), /of the 1.5 likeliest/);
  await assert.rejects(going({ tokens: 0 }), /Cannot generate 0 tokens/);
  const likeliest = await going({ temperature: 0 });
  assert.equal(likeliest.done, false);
});
