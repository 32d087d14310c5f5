/**
 * Groups of parameters with options of their own, and moments that are explicit.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { ClassDataset } from "../src/data/dataset.ts";
import type { Backend } from "../src/device/backend.ts";
import { Random } from "../src/device/random.ts";
import { set } from "../src/methods/set.ts";
import { mlp } from "../src/models/mlp.ts";
import * as nn from "../src/nn/mod.ts";
import { type Module, pathsIn } from "../src/nn/module.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import { gradientsOf } from "../src/optim/gradients.ts";
import { groupsOf, type Selector } from "../src/optim/groups.ts";
import type { Optimizer } from "../src/optim/optimizer.ts";
import { constant, linearDecay, stepDecay } from "../src/optim/schedule.ts";
import { sgd } from "../src/optim/sgd.ts";
import { clipByNorm, weightDecay } from "../src/optim/transforms.ts";
import { Device, labels, matrix } from "../src/program/device.ts";
import { Resource } from "../src/program/resource.ts";
import type { Tensor } from "../src/program/trace.ts";
import { Trainer } from "../src/train/trainer.ts";
import { testOnDevices } from "./devices.ts";
import { ReferenceBackend } from "./reference_backend.ts";

const INPUTS = 12;
const CLASSES = 5;
const SPECS = [matrix(INPUTS, 32), labels(32)];
const SEED = 4;

function batchOf(stream: number): [Float32Array, Uint32Array] {
  const random = new Random({ seed: SEED, use: "noise", stream });
  return [random.normals(INPUTS * 32, 1), Uint32Array.from({ length: 32 }, () => random.below(5))];
}

function modelOf(): Module {
  return mlp({ sizes: [INPUTS, 16, CLASSES], sparsity: 0.5, distribution: "uniform" });
}

function deviceOn(backend: Backend): Device {
  return new Device(backend, "test", SEED, record);
}

async function valuesOf(device: Device, model: Module): Promise<Float32Array[]> {
  return await Promise.all(model.parameters.map((parameter) => device.readFloats(parameter)));
}

/** What the rules compute of one parameter in float64. */
type Rule = (w: Float64Array, g: Float32Array, decay: number, rate: number, step: number) => void;

function sgdRule(momentum: number): Rule {
  const kept = new Map<Float64Array, Float64Array>();
  return (w, g, decay, rate) => {
    const velocity = kept.get(w) ?? new Float64Array(w.length);
    kept.set(w, velocity);
    for (let i = 0; i < w.length; i++) {
      velocity[i] = momentum * velocity[i] + g[i] + decay * w[i];
      w[i] -= rate * velocity[i];
    }
  };
}

function adamwRule(beta1: number, beta2: number): Rule {
  const kept = new Map<Float64Array, readonly [Float64Array, Float64Array]>();
  return (w, g, decay, rate, step) => {
    const [m, v] = kept.get(w) ?? [new Float64Array(w.length), new Float64Array(w.length)];
    kept.set(w, [m, v]);
    for (let i = 0; i < w.length; i++) {
      m[i] = beta1 * m[i] + (1 - beta1) * g[i];
      v[i] = beta2 * v[i] + (1 - beta2) * g[i] ** 2;
      const mean = m[i] / (1 - beta1 ** (step + 1));
      const root = Math.sqrt(v[i] / (1 - beta2 ** (step + 1)));
      w[i] -= rate * (decay * w[i] + mean / (root + 1e-8));
    }
  };
}

const STEPS = 20;
const OWN = linearDecay(0.02);
const HEAD = stepDecay(0.05, { at: [0.5], factor: 0.1 });

/** An optimizer with a group for `layer1`, and the float64 rules of both. */
const CASES: Readonly<Record<string, () => { optimizer: Optimizer; own: Rule; head: Rule }>> = {
  sgd: () => ({
    optimizer: sgd({
      learningRate: OWN,
      weightDecay: 0.01,
      groups: [{ parameters: "layer1", learningRate: HEAD, weightDecay: 0.1 }],
    }),
    own: sgdRule(0),
    head: sgdRule(0),
  }),
  "sgd of which one group has momentum": () => ({
    optimizer: sgd({
      learningRate: OWN,
      weightDecay: 0.01,
      groups: [{ parameters: "layer1", learningRate: HEAD, weightDecay: 0.1, momentum: 0.9 }],
    }),
    own: sgdRule(0),
    head: sgdRule(0.9),
  }),
  adamw: () => ({
    optimizer: adamw({
      learningRate: OWN,
      weightDecay: 0.01,
      groups: [{
        ...{ parameters: "layer1", learningRate: HEAD, weightDecay: 0.1 },
        ...{ beta1: 0.8, beta2: 0.99 },
      }],
    }),
    own: adamwRule(0.9, 0.999),
    head: adamwRule(0.8, 0.99),
  }),
};

for (const [name, make] of Object.entries(CASES)) {
  testOnDevices(`Two groups of ${name} are two updates in float64`, async (backend) => {
    const { optimizer, own, head } = make();
    const device = deviceOn(backend);
    const model = modelOf();
    const moments = optimizer.begin(model.parameters);
    const gradients = await device.compile(SPECS, (x, y) => {
      const { of } = gradientsOf(crossEntropy(model(x), y));
      return model.parameters.flatMap((parameter) => of.get(parameter) ?? []);
    });
    const update = await device.compile(
      SPECS,
      (x, y) => optimizer.update(crossEntropy(model(x), y), { moments }),
    );
    const expected = (await valuesOf(device, model)).map((w) => Float64Array.from(w));
    for (let step = 0; step < STEPS; step++) {
      const batch = batchOf(step);
      gradients.run(batch);
      // The gradients of the device, so that the updates alone are compared.
      for (const [i, { label, decay }] of model.parameters.entries()) {
        const [rule, rate, share] = label.startsWith("layer1.")
          ? [head, HEAD, 0.1]
          : [own, OWN, 0.01];
        const g = await gradients.floats(i);
        rule(expected[i], g, decay ? share : 0, rate(step, STEPS), step);
      }
      update.run(batch, { step, totalSteps: STEPS });
    }
    for (const [i, w] of (await valuesOf(device, model)).entries()) {
      // A step moves a weight by a rate of at most 0.05; 20 roundings of each step, 20 times, of weights of about 1.
      w.forEach((value, j) =>
        assert.ok(
          Math.abs(value - expected[i][j]) < 2e-5,
          `seed ${SEED}, ${model.parameters[i].label}[${j}]: ${value}, ${expected[i][j]}`,
        )
      );
    }
  });
}

Deno.test("A group costs a step block and nothing else; no group costs nothing", () => {
  const device = deviceOn(new ReferenceBackend());
  const model = modelOf();
  const planOf = (groups: readonly { parameters: string; learningRate: number }[]) => {
    const optimizer = adamw({ learningRate: 1e-3, groups });
    const traced = device.trace(SPECS, (x, y) => optimizer.update(crossEntropy(model(x), y)));
    assert.equal(traced.trace.stepBlocks.length, groups.length);
    return device.plan([traced]);
  };
  const [none, one] = [planOf([]), planOf([{ parameters: "layer1", learningRate: 1 }])];
  assert.deepEqual(one.kernels, none.kernels);
  assert.equal(one.bytes.total - none.bytes.total, one.bytes.program - none.bytes.program);
  assert.ok(one.bytes.program - none.bytes.program <= 256, `${one.bytes.program}`);
});

function parameter(label: string): Resource {
  return new Resource({ label, type: "f32", length: 1, category: "parameters" });
}

Deno.test("groupsOf() chooses by path, module, stars and functions", () => {
  const paths = ["stem.weight", "stem.bias", "stage0.conv.weight", "stage1.conv.bias", "head.bias"];
  const parameters = paths.map(parameter);
  const chosen = (selector: Selector): string[] =>
    [...groupsOf("sgd", [selector], parameters, ({ label }) => label).keys()]
      .map(({ label }) => label);
  assert.deepEqual(chosen("stem.bias"), ["stem.bias"]);
  assert.deepEqual(chosen("stem"), ["stem.weight", "stem.bias"]);
  assert.deepEqual(chosen("stage*"), ["stage0.conv.weight", "stage1.conv.bias"]);
  assert.deepEqual(chosen("*.bias"), ["stem.bias", "head.bias"]);
  assert.deepEqual(chosen("**.bias"), ["stem.bias", "stage1.conv.bias", "head.bias"]);
  assert.deepEqual(chosen(["head", "stage0"]), ["stage0.conv.weight", "head.bias"]);
  assert.deepEqual(chosen((path) => path.length === 9), ["stem.bias", "head.bias"]);
  // Not the beginning of a name, and no dot that stands for any letter.
  assert.throws(
    () => chosen("ste"),
    /its group "ste" has no parameter; the paths are "stem.weight"/,
  );
  assert.throws(() => chosen("stem-bias"), RangeError);
});

Deno.test("Trainer refuses groups without parameters, and parameters of two groups", () => {
  const device = deviceOn(new ReferenceBackend());
  const trainerWith = (...selectors: Selector[]) => {
    const groups = selectors.map((parameters) => ({ parameters, learningRate: 1 }));
    return new Trainer({ device, model: modelOf(), optimizer: sgd({ learningRate: 1, groups }) });
  };
  assert.throws(() => trainerWith("layer0", "layer7"), {
    name: "RangeError",
    message:
      'Cannot use sgd: its group "layer7" has no parameter; the paths are "layer0.weight", ' +
      '"layer0.bias", "layer1.weight", "layer1.bias"',
  });
  assert.throws(() => trainerWith("*.bias", ["layer1", "layer0.weight"]), {
    name: "RangeError",
    message:
      'Cannot use sgd: "layer1.bias" is in its groups "*.bias" and "layer1, layer0.weight"; ' +
      "expected one at most",
  });
});

Deno.test("Optimizers refuse options of a group that are none", () => {
  const parameters = "head";
  const refused: readonly [() => Optimizer, RegExp][] = [
    [
      () => sgd({ learningRate: 1, groups: [{ parameters, learningRate: 0 }] }),
      /^Cannot make the group "head" of sgd: the learning rate is 0;/,
    ],
    [
      () => sgd({ learningRate: 1, groups: [{ parameters, momentum: 1 }] }),
      /^Cannot make the group "head" of sgd: momentum is 1;/,
    ],
    [
      () => adamw({ learningRate: 1, groups: [{ parameters, weightDecay: -1 }] }),
      /^Cannot make the group "head" of adamw: weightDecay is -1;/,
    ],
  ];
  for (const [make, message] of refused) assert.throws(make, { name: "RangeError", message });
  assert.throws(() => clipByNorm(0), /Cannot clip gradients to norm 0: expected a number above 0/);
  assert.throws(() => weightDecay(NaN), /weightDecay is NaN/);
});

const EXAMPLES = 96;

function data(): ClassDataset {
  const random = new Random({ seed: 5, use: "noise" });
  return {
    features: random.normals(EXAMPLES * INPUTS, 1),
    labels: Uint8Array.from({ length: EXAMPLES }, () => random.below(CLASSES)),
    ...{ examples: EXAMPLES, inputs: INPUTS, classes: CLASSES },
  };
}

const FIT = { epochs: 3, batchSize: 32, logEvery: 1 } as const;

testOnDevices("Trainers with one optimizer do not share moments", async (backend) => {
  const losses = async (trainers: readonly Trainer[]): Promise<number[][]> => {
    const runs = trainers.map((trainer) => trainer.fit(data(), FIT));
    const found: number[][] = trainers.map(() => []);
    // In turns, so that each would change what the other has kept.
    for (let left = true; left;) {
      left = false;
      for (const [i, run] of runs.entries()) {
        const { value, done } = await run.next();
        if (done !== true) left = true;
        if (value?.kind === "step") found[i].push(value.loss);
      }
    }
    return found;
  };
  const optimizer = adamw({ learningRate: 0.05 });
  const device = deviceOn(backend);
  const trainerOf = (): Trainer =>
    new Trainer({ device, model: modelOf(), optimizer, method: set({ every: 2 }), seed: 1 });
  const [alone] = await losses([trainerOf()]);
  const [first, second] = await losses([trainerOf(), trainerOf()]);
  assert.equal(alone.length, 9);
  assert.deepEqual(first, alone);
  assert.deepEqual(second, alone);
  // Another trainer of the same model goes on with its weights, and begins with moments of 0.
  const after = async (second: Optimizer): Promise<number[][]> => {
    const model = modelOf();
    const device = deviceOn(backend);
    await device.place(model.parameters, { seed: 1 });
    using trainer = new Trainer({ device, model, optimizer, seed: 1 });
    await losses([trainer]);
    return await losses([new Trainer({ device, model, optimizer: second, seed: 1 })]);
  };
  assert.deepEqual(await after(optimizer), await after(adamw({ learningRate: 0.05 })));
});

testOnDevices("fit() goes on with groups bit for bit, and refuses others", async (backend) => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/run.safetensors`;
  const trainerWith = (groups: Parameters<typeof adamw>[0]["groups"] = []): Trainer =>
    new Trainer({
      device: deviceOn(backend),
      model: modelOf(),
      optimizer: adamw({ learningRate: constant(0.01), groups }),
      method: set({ every: 2 }),
      seed: 2,
    });
  const own = [{ parameters: "layer1", learningRate: linearDecay(0.05), beta1: 0.5 }];
  const rest = async (trainer: Trainer, save = false): Promise<[number, number][]> => {
    const found: [number, number][] = [];
    for await (const event of trainer.fit(data(), FIT)) {
      if (event.kind !== "step") continue;
      found.push([event.step, event.loss]);
      if (save && event.step === 4) {
        await trainer.save(path);
        break;
      }
    }
    return found;
  };
  try {
    const straight = await rest(trainerWith(own));
    await rest(trainerWith(own), true);
    const second = trainerWith(own);
    await second.restore(path);
    assert.deepEqual(await rest(second), straight.filter(([step]) => step > 4));
    const [group] = own;
    const others: readonly [RegExp, Parameters<typeof trainerWith>[0]][] = [
      [/the optimizer was .*groups.* and is \["adamw",\{\}\]/, []],
      [/the optimizer was .*"beta1":0.5.* and is .*"beta1":0.6/, [{ ...group, beta1: 0.6 }]],
      [
        /the learning rates of the groups was .*0.05.* and is .*0.04/,
        [{ ...group, learningRate: linearDecay(0.04) }],
      ],
      [/the optimizer was .*"layer1"/, [{ ...group, parameters: ["layer1.weight"] }]],
    ];
    for (const [message, groups] of others) {
      const trainer = trainerWith(groups);
      await trainer.restore(path);
      await assert.rejects(rest(trainer), { name: "RangeError", message });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}, ({ name }) => name === "wasm");

testOnDevices(
  "update() of two optimizers in one program is that of two programs",
  async (backend) => {
    const device = deviceOn(backend);
    const optimizers = [
      sgd({ learningRate: 0.5 }),
      adamw({
        learningRate: linearDecay(0.01),
        groups: [{ parameters: "**.bias", learningRate: 0.1 }],
      }),
      sgd({ learningRate: 0.125, momentum: 0.5 }),
    ];
    const specs = [matrix(INPUTS, 32), labels(32)];
    const clock = (step: number) => ({ step, totalSteps: 3 });
    const trained = async (together: boolean): Promise<Float32Array[]> => {
      const models = optimizers.map(() => modelOf());
      await device.place(models.flatMap(({ parameters }) => parameters), { seed: SEED });
      const bodies = optimizers.map((optimizer, i) => (x: Tensor, y: Tensor): Tensor => {
        const moments = optimizer.begin(models[i].parameters, pathsIn(models[i]));
        return optimizer.update(crossEntropy(models[i](x), y), { moments });
      });
      const programs = together
        ? [await device.compile(specs, (x, y) => bodies.map((body) => body(x, y)))]
        : await Promise.all(bodies.map((body) => device.compile(specs, body)));
      for (let step = 0; step < 3; step++) {
        for (const program of programs) program.run(batchOf(step), clock(step));
      }
      for (const program of programs) program.dispose();
      return (await Promise.all(models.map((model) => valuesOf(device, model)))).flat();
    };
    assert.deepEqual(await trained(true), await trained(false));
  },
);

Deno.test("groupsOf() tells layers of one name apart", () => {
  const layer = () => nn.linear(4, 4);
  const model = nn.sequential(layer(), nn.sequential(layer(), layer()), layer());
  const pathOf = pathsIn(model);
  const chosen = (selector: Selector): string[] =>
    [...groupsOf("sgd", [selector], model.parameters, pathOf).keys()].map(pathOf);
  const weights = [
    "linear.weight",
    "sequential.linear.weight",
    "sequential.linear.2.weight",
    "linear.2.weight",
  ];
  assert.deepEqual(chosen("**.weight"), weights);
  assert.deepEqual(chosen("linear"), ["linear.weight", "linear.bias"]);
  assert.deepEqual(chosen("linear.2"), ["linear.2.weight", "linear.2.bias"]);
  assert.deepEqual(chosen("sequential.linear"), [weights[1], "sequential.linear.bias"]);
  assert.deepEqual(chosen("*.weight"), [weights[0], weights[3]]);
  assert.deepEqual(chosen("lin*.bias"), ["linear.bias", "linear.2.bias"]);
  assert.deepEqual(chosen("sequential.*.weight"), [weights[1], weights[2]]);
});
