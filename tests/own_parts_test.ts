/**
 * Methods, schedules, losses, metrics and augmentations of one's own that say what cannot be are refused by name.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Augmentation } from "../src/data/augment.ts";
import type { ClassDataset } from "../src/data/dataset.ts";
import { rigl } from "../src/methods/rigl.ts";
import { set } from "../src/methods/set.ts";
import type { Method } from "../src/methods/method.ts";
import { linear } from "../src/nn/mod.ts";
import { add } from "../src/ops/add.ts";
import { accuracy, type crossEntropy } from "../src/ops/cross_entropy.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import type { Optimizer } from "../src/optim/optimizer.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device } from "../src/program/device.ts";
import type { Tensor } from "../src/program/trace.ts";
import { fanIn } from "../src/sparse/patterns/mod.ts";
import type { FitOptions } from "../src/train/fit.ts";
import { Trainer, type TrainerOptions } from "../src/train/trainer.ts";
import { ReferenceBackend } from "./reference_backend.ts";

const DATA: ClassDataset = {
  features: Uint8Array.from({ length: 32 * 16 }, (_, i) => i % 251),
  labels: Uint8Array.from({ length: 32 }, (_, i) => i % 3),
  examples: 32,
  inputs: 16,
  classes: 3,
  image: { channels: 1, height: 4, width: 4 },
};

function newTrainer(options: Partial<TrainerOptions> = {}): Trainer {
  const device = new Device(new ReferenceBackend(), "test", 1, record);
  const model = linear(16, 3, { pattern: fanIn(4), name: "only" });
  return new Trainer({ device, model, optimizer: sgd({ learningRate: 0.1 }), ...options });
}

async function fit(
  options: Partial<TrainerOptions>,
  given: Partial<FitOptions> = {},
): Promise<void> {
  using trainer = newTrainer(options);
  for await (const _ of trainer.fit(DATA, { epochs: 2, batchSize: 16, ...given }));
}

Deno.test("Trainer refuses a method that cannot be one, when it is made", () => {
  const wrong: [Partial<Method>, RegExp][] = [
    [{ every: 0 }, /the method "own": every is 0; expected a whole number of steps above 0/],
    [{ every: NaN }, /every is NaN/],
    [{ every: 1.5 }, /every is 1\.5/],
    [{ fraction: () => NaN }, /fraction\(0, 9007199254740991\) is NaN; expected a share from 0/],
    [{ fraction: () => -0.1 }, /is -0\.1/],
    [{ fraction: () => 1.5 }, /is 1\.5/],
    [{ threshold: () => NaN }, /threshold\(0, 9007199254740991\) is NaN; expected a number of at/],
    [{ threshold: () => -1 }, /is -1/],
    [{ candidates: () => NaN }, /candidates is NaN; expected a whole number above 0/],
    [{ candidates: () => 0 }, /candidates is 0/],
    [{ growth: "magic" as "none" }, /growth is "magic"; expected "none", "random" or "gradient"/],
  ];
  for (const [part, message] of wrong) {
    const method = { ...rigl({ every: 1 }), name: "own", ...part };
    assert.throws(() => newTrainer({ method }), { name: "RangeError", message });
  }
});

Deno.test("Trainer refuses what a method of one's own says or gives later", async () => {
  const base = set({ every: 1 });
  const wrong: [Partial<Method>, RegExp][] = [
    [{ fraction: (step) => step === 0 ? 0.3 : NaN }, /fraction\(1, 4\) is NaN/],
    [{
      rewire: async (layer, context) => {
        const result = await base.rewire(layer, context);
        return { ...result, values: result.values.subarray(1) };
      },
    }, /gives "only\.weight" values and moments of lengths \[15,16\]; expected 2 of 16/],
    [{
      rewire: async (layer, context) => {
        const result = await base.rewire(layer, context);
        return { ...result, pattern: { ...result.pattern, budget: 3 } };
      },
    }, /gives "only\.weight" another budget: 3; expected 12/],
    [{
      rewire: async (layer, context) => {
        const result = await base.rewire(layer, context);
        const index = result.pattern.index.slice().fill(1);
        return { ...result, pattern: { ...result.pattern, index } };
      },
    }, /only\.weight/],
  ];
  const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 });
  for (const [part, message] of wrong) {
    const method = { ...base, name: "own", ...part };
    await assert.rejects(fit({ method, optimizer }), { message });
  }
});

Deno.test("Optimizers refuse rates, decays and epsilons that are none", async () => {
  for (const rate of [NaN, -1, Infinity, 1e39]) {
    const optimizer = sgd({ learningRate: (step) => step === 1 ? rate : 0.1 });
    await assert.rejects(fit({ optimizer }), {
      name: "RangeError",
      message: `Cannot use the learning rate of step 1 of 4: the schedule says ${rate}; ` +
        "expected a finite number of at least 0",
    });
  }
  for (const weightDecay of [NaN, -1, Infinity]) {
    assert.throws(() => sgd({ learningRate: 1, weightDecay }), /weightDecay is (NaN|-1|Infinity);/);
  }
  assert.throws(() => adamw({ learningRate: 1, epsilon: NaN }), /epsilon is NaN; expected/);
});

Deno.test("Trainer refuses an optimizer that gives no scalars, or keeps a state that nobody saves", async () => {
  const base = sgd({ learningRate: 0.1 });
  const shapeless: Optimizer = {
    ...base,
    measuredUpdate: (loss, options) => {
      const { gradientNorm } = base.measuredUpdate(loss, options);
      return { loss: loss.trace.activation([1, 32]), gradientNorm };
    },
  };
  await assert.rejects(fit({ optimizer: shapeless }), {
    name: "TypeError",
    message: /Cannot use the loss of the optimizer's update: it is a tensor of shape \[1,32\]/,
  });
  const momentum = sgd({ learningRate: 1, momentum: 0.5 });
  const hiding: Optimizer = {
    ...momentum,
    measuredUpdate: (loss) => momentum.measuredUpdate(loss),
  };
  await assert.rejects(fit({ optimizer: hiding }), {
    name: "TypeError",
    message: /uses "only\.weight\.momentum", a state, without listing it, .* or the moments/,
  });
});

Deno.test("Trainer refuses losses and metrics that are no scalars", async () => {
  const wide = (output: Tensor): Tensor => add(output, output);
  const none = (() => undefined) as unknown as typeof crossEntropy;
  const message = /Cannot use the loss: it is a tensor of shape \[3,16\]; expected a scalar/;
  await assert.rejects(fit({ loss: wide }), { name: "TypeError", message });
  await assert.rejects(fit({ loss: none }), /Cannot use the loss: it is undefined/);
  await assert.rejects(newTrainer({ loss: wide }).evaluate(DATA), /Cannot use the loss: it is a/);
  await assert.rejects(newTrainer({ metrics: { wide } }).evaluate(DATA), {
    name: "TypeError",
    message: /Cannot use the metric "wide": it is a tensor of shape \[3,256\]/,
  });
  assert.throws(
    () => newTrainer({ metrics: { loss: accuracy } }),
    /Cannot measure a metric "loss"/,
  );
});

Deno.test("Trainer refuses augmentations that give no whole pixels", async () => {
  const wrong: [Augmentation, RegExp][] = [
    [(shown) => ({ ...shown, top: 0.5 }), /augmentation 0 gives top 0\.5, left 0 and step 1/],
    [(shown) => ({ ...shown, left: NaN }), /left NaN/],
    [(shown) => ({ ...shown, step: 2 as 1 }), /step 2/],
  ];
  for (const [change, message] of wrong) {
    await assert.rejects(fit({}, { augment: [change] }), { name: "RangeError", message });
  }
});

Deno.test("Trainer.evaluate() at the same time, and after one that failed, measures each set by itself", async () => {
  const trainer = newTrainer();
  const features = new Float32Array(16 * 16).fill(1);
  const other = { features, labels: new Uint8Array(16), examples: 16, inputs: 16, classes: 3 };
  const [first, second] = [await trainer.evaluate(DATA), await trainer.evaluate(other)];
  assert.notEqual(first.loss, second.loss);
  const beside = await Promise.all([DATA, other, DATA].map((data) => trainer.evaluate(data)));
  assert.deepEqual(beside, [first, second, first]);
  const broken = Float32Array.from({ length: 600 * 16 }, (_, i) => i < 9000 ? 1 : NaN);
  const labels = new Uint8Array(600);
  await assert.rejects(
    trainer.evaluate({ features: broken, labels, examples: 600, inputs: 16, classes: 3 }),
    /example 562 is NaN/,
  );
  assert.deepEqual(await trainer.evaluate(DATA), first);
});
