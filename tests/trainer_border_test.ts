/**
 * The border of a trainer: what a data set, a checkpoint or a call says is looked at before anything is trained, and named as
 * the user knows it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Augmentation, randomCrop, randomFlip } from "../src/data/augment.ts";
import type { ClassDataset, TargetDataset } from "../src/data/dataset.ts";
import { fingerprintOf } from "../src/data/fingerprint.ts";
import type { Method } from "../src/methods/method.ts";
import { rigl } from "../src/methods/rigl.ts";
import { set } from "../src/methods/set.ts";
import { srigl } from "../src/methods/srigl.ts";
import { mlp } from "../src/models/mlp.ts";
import { accuracy, crossEntropy } from "../src/ops/cross_entropy.ts";
import { createDevice } from "../src/ops/device.ts";
import { bceWithLogits, mae, mse } from "../src/ops/target_losses.ts";
import { sgd } from "../src/optim/sgd.ts";
import type { Device } from "../src/program/device.ts";
import type { Loss } from "../src/tasks/supervised.ts";
import { Trainer } from "../src/train/trainer.ts";

const INPUTS = 4, OUTPUTS = 3, EXAMPLES = 50;
const FEATURES = Float32Array.from({ length: EXAMPLES * INPUTS }, (_, i) => Math.sin(i));
const IMAGE = { channels: 1, height: 2, width: 2 };
const CLASSES: ClassDataset = {
  ...{ features: FEATURES, examples: EXAMPLES, inputs: INPUTS, classes: OUTPUTS, image: IMAGE },
  labels: Uint8Array.from({ length: EXAMPLES }, (_, i) => i % OUTPUTS),
};
const TARGETS: TargetDataset = {
  ...{ features: FEATURES, examples: EXAMPLES, inputs: INPUTS, outputs: OUTPUTS },
  targets: Float32Array.from({ length: EXAMPLES * OUTPUTS }, (_, i) => (i % 8) / 7),
};
/** Batches of 8, so that the example 43 is not the 43rd column of any. */
const OPTIONS = { epochs: 1, batchSize: 8 };

async function withDevice(use: (device: Device) => Promise<void>): Promise<void> {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  await use(device);
}

function trainerOn(device: Device, loss: Loss): Trainer {
  const model = mlp({ sizes: [INPUTS, 8, OUTPUTS] });
  return new Trainer({ device, model, optimizer: sgd({ learningRate: 0.1 }), loss });
}

async function drain(events: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of events) count++;
  return count;
}

Deno.test("Trainer names the example whose class the model does not have, before the first step", async () => {
  await withDevice(async (device) => {
    const labels = CLASSES.labels.slice();
    labels[43] = 4;
    const wrong = { ...CLASSES, labels, classes: 5 };
    const message = /the label of example 43 is 4; expected classes of the model below 3/;
    const trainer = trainerOn(device, crossEntropy);
    await assert.rejects(drain(trainer.fit(wrong, OPTIONS)), { name: "RangeError", message });
    assert.equal(trainer.step, 0);
    await assert.rejects(trainer.evaluate(wrong), { name: "RangeError" });
    // Not after an epoch only; a set of validation is asked for what the training set has.
    const validation = { ...OPTIONS, validation: wrong };
    await assert.rejects(drain(trainerOn(device, crossEntropy).fit(CLASSES, validation)), {
      name: "RangeError",
      message: /the label of example 43 is 4; expected classes below 3/,
    });
    const { loss } = await trainerOn(device, crossEntropy).evaluate(CLASSES);
    assert.ok(loss > 0, "right ones are taken");
  });
});

Deno.test("Trainer names the example whose target the loss does not take, before the first step", async () => {
  await withDevice(async (device) => {
    const targets = TARGETS.targets.slice();
    targets[43 * OUTPUTS + 1] = -0.5;
    const wrong = { ...TARGETS, targets };
    const message = /target 1 of example 43 is -0.5; expected targets from 0 to 1/;
    const trainer = trainerOn(device, bceWithLogits);
    await assert.rejects(drain(trainer.fit(wrong, OPTIONS)), { name: "RangeError", message });
    await assert.rejects(trainer.evaluate(wrong), { name: "RangeError", message });
    assert.equal(trainer.step, 0);
    assert.ok(await drain(trainerOn(device, mse).fit(wrong, OPTIONS)) > 0, "mse takes it");
  });
});

Deno.test("Trainer.predict() does not look at what examples are in truth", async () => {
  await withDevice(async (device) => {
    const trainer = trainerOn(device, crossEntropy);
    const classNames = ["ant", "bee", "cat"];
    await drain(trainer.fit({ ...CLASSES, classNames }, OPTIONS));
    const others = { ...CLASSES, classNames: ["x", "y", "z"] };
    const unknown = { ...CLASSES, labels: new Uint8Array(EXAMPLES).fill(7), classes: 8 };
    for (const data of [{ ...CLASSES, classNames }, others, unknown, TARGETS]) {
      assert.equal(await drain(trainer.predict(data)), EXAMPLES);
    }
  });
});

Deno.test("Trainer.predict() names the example whose answer is not finite", async () => {
  await withDevice(async (device) => {
    const features = FEATURES.slice().fill(3e38, 43 * INPUTS, 44 * INPUTS);
    const kinds = [[mse, TARGETS, "values"], [crossEntropy, CLASSES, "scores"]] as const;
    for (const [loss, data, what] of kinds) {
      const model = mlp({ sizes: [INPUTS, 8, OUTPUTS] });
      using trainer = new Trainer({ device, model, optimizer: sgd({ learningRate: 0.1 }), loss });
      const [weight] = model.children.layer0.parameters;
      await drain(trainer.fit(data, OPTIONS));
      device.write(weight, new Float32Array(weight.length).fill(2));
      assert.equal(await drain(trainer.predict(data)), EXAMPLES);
      await assert.rejects(drain(trainer.predict({ ...data, features })), {
        name: "RangeError",
        message: new RegExp(`^Cannot predict: example 43 has ${what} that are not finite`),
      });
    }
  });
});

Deno.test("Trainer.evaluate() and predict() refuse a batch size that is none, and take nothing for it", async () => {
  await withDevice(async (device) => {
    using trainer = trainerOn(device, crossEntropy);
    const before = device.allocatedBytes;
    for (const batchSize of [0, -1, 1.5, NaN, 1e9]) {
      const refused = { name: "RangeError", message: /^Cannot make batches: / };
      await assert.rejects(trainer.evaluate(CLASSES, { batchSize }), refused);
      await assert.rejects(drain(trainer.predict(CLASSES, { batchSize })), refused);
    }
    assert.equal(device.allocatedBytes, before);
    assert.ok((await trainer.evaluate(CLASSES, { batchSize: 7 })).loss > 0);
  });
});

Deno.test("Trainer.load() refuses an exception that is none", async () => {
  await withDevice(async (device) => {
    const path = await Deno.makeTempFile();
    try {
      await trainerOn(device, crossEntropy).save(path);
      await assert.rejects(trainerOn(device, crossEntropy).load(path, { except: ["haed."] }), {
        name: "RangeError",
        message: /except "haed\.": .* its names are "layer0.weight", "layer0.bias"/,
      });
      await trainerOn(device, crossEntropy).load(path, { except: ["layer1."] });
    } finally {
      await Deno.remove(path);
    }
  });
});

Deno.test("fit() goes on with the loss and the augmentation that the run was begun with, or not at all", async () => {
  const weighted = (weights: number[]): Loss => (x, y) => crossEntropy(x, y, { weights });
  const smooth: Loss = (x, y) => crossEntropy(x, y, { smoothing: 0.1 });
  const augment = [randomCrop({ padding: 1 })];
  const cases: [
    data: ClassDataset | TargetDataset,
    begun: Loss,
    now: Loss,
    others: Augmentation[],
  ][] = [
    [CLASSES, crossEntropy, smooth, augment],
    [CLASSES, weighted([1, 2, 3]), weighted([3, 2, 1]), augment],
    [TARGETS, mse, mae, []],
    [CLASSES, crossEntropy, crossEntropy, [randomFlip()]],
    [CLASSES, crossEntropy, crossEntropy, [randomCrop({ padding: 2 })]],
  ];
  await withDevice(async (device) => {
    const path = await Deno.makeTempFile();
    try {
      for (const [i, [data, begun, now, others]] of cases.entries()) {
        const given = "labels" in data ? augment : [];
        const options = { epochs: 3, batchSize: 8 };
        const trainer = trainerOn(device, begun);
        for await (const event of trainer.fit(data, { ...options, augment: given })) {
          if (event.kind === "epoch") break;
        }
        await trainer.save(path);
        const other = trainerOn(device, now);
        await other.restore(path);
        await assert.rejects(drain(other.fit(data, { ...options, augment: others })), {
          name: "RangeError",
          message: begun === now ? /the augmentation was/ : /what a step computes .* was/,
        }, `case ${i}`);
        const same = trainerOn(device, begun);
        await same.restore(path);
        assert.ok(await drain(same.fit(data, { ...options, augment: given })) > 0, `case ${i}`);
      }
    } finally {
      await Deno.remove(path);
    }
  });
});

Deno.test("fit() goes on with the settings of the method that the run was begun with, or not at all", async () => {
  await withDevice(async (device) => {
    const trainerWith = (method: Method): Trainer => {
      const model = mlp({ sizes: [INPUTS, 8, OUTPUTS], sparsity: 0.5, distribution: "uniform" });
      return new Trainer({ device, model, optimizer: sgd({ learningRate: 0.1 }), method });
    };
    const path = await Deno.makeTempFile();
    try {
      const cases = [
        [srigl({ every: 3 }), srigl({ every: 3, gammaSal: 0.5 })],
        [rigl({ every: 3 }), rigl({ every: 3, regrown: "restart" })],
        [set({ every: 3 }), set({ every: 3, grown: "inherited" })],
        [set({ every: 3, threshold: 0.1 }), set({ every: 3, threshold: 0.2 }), "threshold that"],
      ] as const;
      for (const [begun, now, what] of cases) {
        const trainer = trainerWith(begun);
        for await (const event of trainer.fit(CLASSES, { ...OPTIONS, epochs: 2 })) {
          if (event.kind === "epoch") break;
        }
        await trainer.save(path);
        const other = trainerWith(now);
        await other.restore(path);
        await assert.rejects(drain(other.fit(CLASSES, { ...OPTIONS, epochs: 2 })), {
          name: "RangeError",
          message: what === undefined
            ? new RegExp(`the method was .*"${begun.name}",3,.* and is `)
            : new RegExp(`the ${what} it drops connections below was .* and is `),
        });
      }
    } finally {
      await Deno.remove(path);
    }
  });
});

Deno.test("fingerprintOf() tells class numbers in a plain array apart", async () => {
  // What a program in JavaScript may hand over, whatever the types say.
  const of = (labels: unknown): Promise<string> =>
    fingerprintOf({ ...CLASSES, labels } as ClassDataset);
  const labels = [...CLASSES.labels];
  assert.equal(await of(labels), await of(labels.slice()));
  assert.notEqual(await of(labels), await of(labels.with(7, 0)));
});

Deno.test("Trainer.evaluate() measures a metric whose targets have a limit of their own", async () => {
  await withDevice(async (device) => {
    const metrics = { accuracy, own: crossEntropy };
    const model = mlp({ sizes: [INPUTS, 8, OUTPUTS] });
    using trainer = new Trainer({
      ...{ device, model, metrics, optimizer: sgd({ learningRate: 0.1 }) },
    });
    const { loss, own } = await trainer.evaluate(CLASSES);
    assert.equal(loss, own);
  });
});
