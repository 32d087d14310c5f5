/**
 * Sources and tasks of a program's own: what a trainer makes of named arrays.
 *
 * @module
 */
import assert from "node:assert/strict";
import { arraySource } from "../src/data/array_source.ts";
import type { Dataset } from "../src/data/dataset.ts";
import { exampleArrays, sourceOf } from "../src/data/examples_source.ts";
import type { Batch, Source } from "../src/data/source.ts";
import { taskDefinition, taskNamed, TASKS } from "../src/tasks/mod.ts";
import { supervised } from "../src/tasks/supervised.ts";
import type { Task } from "../src/tasks/task.ts";
import { rigl } from "../src/methods/rigl.ts";
import { mlp } from "../src/models/mlp.ts";
import { linear, makeModule } from "../src/nn/mod.ts";
import { add } from "../src/ops/add.ts";
import { accuracy, crossEntropy } from "../src/ops/cross_entropy.ts";
import { createDevice } from "../src/ops/device.ts";
import { mae, mse } from "../src/ops/target_losses.ts";
import { sgd } from "../src/optim/sgd.ts";
import type { Device } from "../src/program/device.ts";
import type { Tensor } from "../src/program/trace.ts";
import { fanIn } from "../src/sparse/patterns/fan_in.ts";
import { readCheckpoint } from "../src/train/checkpoint.ts";
import { Trainer, type TrainerOptions } from "../src/train/trainer.ts";

const INPUTS = 6, CLASSES = 3, EXAMPLES = 50;
const FEATURES = Float32Array.from({ length: EXAMPLES * INPUTS }, (_, i) => Math.sin(i * i));
const LABELS = Uint32Array.from({ length: EXAMPLES }, (_, i) => i % CLASSES);
const DATA: Dataset = {
  ...{ features: FEATURES, labels: LABELS, examples: EXAMPLES, inputs: INPUTS, classes: CLASSES },
};
const OPTIONS = { epochs: 3, batchSize: 16, logEvery: 1 };

function trainerOn(device: Device, options: Partial<TrainerOptions> = {}): Trainer {
  const model = mlp({ sizes: [INPUTS, 8, CLASSES], sparsity: 0.4, distribution: "uniform" });
  const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 });
  return new Trainer({ device, model, optimizer, method: rigl({ every: 3 }), seed: 2, ...options });
}

async function lossesOf(
  trainer: Trainer,
  data: Dataset | Source,
  stop = Infinity,
): Promise<number[]> {
  const losses: number[] = [];
  for await (const event of trainer.fit(data, OPTIONS)) {
    if (event.kind === "step") losses.push(event.loss);
    if (trainer.step === stop) break;
  }
  return losses;
}

/** The same examples by other arrays: of a program's own, looked at by every run. */
function ownSource(): Source<"left" | "right" | "class"> {
  const half = (first: number): Float32Array =>
    Float32Array.from({ length: EXAMPLES * INPUTS }, (_, i) => FEATURES[i] * (first + 1) / 3);
  const { finite: _, ...source } = arraySource({
    arrays: {
      left: { data: half(0), shape: [INPUTS] },
      right: { data: half(1), shape: [INPUTS] },
      class: { data: LABELS, below: CLASSES },
    },
    examples: EXAMPLES,
  });
  return source;
}

/** The loss of the sum of two inputs: both of them and a class. */
const SUM: Task<"left" | "right", "class"> = {
  name: "sum",
  inputs: ["left", "right"],
  targets: ["class"],
  output: (model, { left, right }) => model(add(left, right)),
  loss(model, batch) {
    return crossEntropy(this.output(model, batch), batch.class);
  },
  metrics: {},
  answer: (values) => ({ values }),
};

Deno.test("Trainer trains on a task and a source of one's own, and goes on bit for bit", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const path = await Deno.makeTempFile();
  try {
    const expected = await lossesOf(trainerOn(device, { task: SUM }), ownSource());
    assert.ok(expected[expected.length - 1] < expected[0], String(expected));
    const begun = trainerOn(device, { task: SUM });
    const losses = await lossesOf(begun, ownSource(), 5);
    await begun.save(path);
    assert.equal(JSON.parse((await readCheckpoint(path)).metadata.training).task, "sum");
    const other = trainerOn(device, { task: SUM });
    await other.restore(path);
    assert.deepEqual([...losses, ...await lossesOf(other, ownSource())], expected);
    assert.deepEqual(Object.keys(await other.evaluate(ownSource())), ["loss"]);
    let answers = 0;
    for await (const answer of other.predict(ownSource())) {
      assert.ok("values" in answer && answer.values.length === CLASSES);
      answers++;
    }
    assert.equal(answers, EXAMPLES);
    const { inputs } = ownSource();
    assert.ok(trainerOn(device, { task: SUM }).plan({ inputs, batchSize: 16 }).bytes.total > 0);
  } finally {
    await Deno.remove(path);
  }
});

/** Both inputs at once: of a model that takes a record. */
const BOTH: Task<"left" | "right", "class", { a: Tensor; b: Tensor }> = {
  name: "both",
  inputs: ["left", "right"],
  targets: ["class"],
  output: (model, { left, right }) => model({ a: left, b: right }),
  loss: (model, { left, right, class: target }) =>
    crossEntropy(model({ a: left, b: right }), target),
  metrics: { accuracy: (output, batch) => accuracy(output, batch.class) },
  answer: taskNamed("class").answer,
};

Deno.test("Trainer trains a model of several inputs, and applies it once where it is measured", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const pattern = fanIn(3);
  const left = linear(INPUTS, CLASSES, { pattern }), right = linear(INPUTS, CLASSES, { pattern });
  let calls = 0;
  const model = makeModule(({ a, b }: { a: Tensor; b: Tensor }, context) => {
    calls++;
    return add(left(a, context), right(b, context));
  }, { kind: "both", children: { left, right } });
  const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 });
  using trainer = new Trainer({ device, model, optimizer, task: BOTH, method: rigl({ every: 3 }) });
  const losses: number[] = [], rewired: string[] = [];
  for await (const event of trainer.fit(ownSource(), OPTIONS)) {
    if (event.kind === "step") losses.push(event.loss);
    if (event.kind === "rewire") rewired.push(...event.layers.map(({ label }) => label));
  }
  assert.ok(losses[losses.length - 1] < losses[0], String(losses));
  assert.deepEqual([...new Set(rewired)], ["left.weight", "right.weight"]);
  calls = 0;
  const { accuracy: share } = await trainer.evaluate(ownSource());
  assert.equal(calls, 1);
  assert.ok(share >= 0 && share <= 1);
  // @ts-expect-error The task of a model of two inputs cannot be one of a single one.
  new Trainer({ device, model, optimizer, task: SUM });
  // @ts-expect-error Nor can it be that of the examples.
  new Trainer({ device, model, optimizer });
});

Deno.test("Trainer gives the same bits for a data set, its source, and arrays of the same content", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const expected = await lossesOf(trainerOn(device), DATA);
  assert.deepEqual(await lossesOf(trainerOn(device), sourceOf(DATA)), expected);
  const named = arraySource({
    arrays: {
      features: { data: FEATURES, shape: [INPUTS] },
      target: { data: LABELS, below: CLASSES },
    },
    ...{ examples: EXAMPLES, task: "class" },
  });
  assert.deepEqual(await lossesOf(trainerOn(device), named), expected);
  const waited: Source = {
    ...named,
    epoch: (number, options) => waiting(named.epoch(number, options)),
  };
  assert.deepEqual(await lossesOf(trainerOn(device), waited), expected);
});

/** The same batches, waited for, in memory that is filled again as soon as a source may. */
async function* waiting(batches: Iterable<Batch>): AsyncGenerator<Batch> {
  const copies: Batch["arrays"][] = [];
  let at = 0;
  for (const { arrays, examples } of batches) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    copies[at % 2] ??= Object.fromEntries(
      Object.entries(arrays).map(([name, data]) => [name, data.slice()]),
    );
    for (const [name, data] of Object.entries(arrays)) copies[at % 2][name].set(data);
    yield { arrays: copies[at++ % 2], examples };
  }
}

Deno.test("Trainer takes the task that the data are for", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const targets = Float32Array.from({ length: EXAMPLES * CLASSES }, (_, i) => i % 2);
  const { features, examples, inputs } = DATA;
  const numbers = { features, examples, inputs, targets, outputs: CLASSES };
  const cases: [Dataset, string, string[], string][] = [
    [DATA, "class", ["accuracy", "loss"], "label"],
    [numbers, "regression", ["loss", "mae", "mse"], "values"],
    [
      { ...numbers, multiLabel: true },
      "multi-label",
      ["binaryAccuracy", "exactMatch", "loss"],
      "labels",
    ],
  ];
  const path = await Deno.makeTempFile();
  try {
    for (const [data, name, measures, answer] of cases) {
      const trainer = trainerOn(device);
      await lossesOf(trainer, data);
      assert.deepEqual(Object.keys(await trainer.evaluate(data)).sort(), measures);
      const given = trainerOn(device, { task: taskNamed(name) });
      assert.deepEqual(await lossesOf(given, data), await lossesOf(trainerOn(device), data));
      await trainer.save(path);
      const { metadata } = await readCheckpoint(path);
      const training = JSON.parse(metadata.training);
      assert.equal(training.task, name);
      const other = trainerOn(device);
      await other.restore(path);
      for await (const prediction of other.predict(features)) assert.ok(answer in prediction, name);
    }
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("Trainer puts a loss or metrics in the place of the task's", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const targets = Float32Array.from({ length: EXAMPLES * CLASSES }, (_, i) => i % 2);
  const { features, examples, inputs } = DATA;
  const numbers = { features, examples, inputs, targets, outputs: CLASSES };
  const keys = async (options: Partial<TrainerOptions>, data: Dataset): Promise<string[]> =>
    Object.keys(await trainerOn(device, options).evaluate(data)).sort();
  // An error in the place of another one says nothing new.
  assert.deepEqual(await keys({ loss: mae }, numbers), ["loss"]);
  assert.deepEqual(await keys({ loss: mae, metrics: { mse } }, numbers), ["loss", "mse"]);
  assert.deepEqual(await keys({ loss: crossEntropy }, DATA), ["accuracy", "loss"]);
  assert.deepEqual(await keys({ metrics: {} }, DATA), ["loss"]);
  const parts = {
    name: "own",
    loss: mse,
    metrics: { mae },
    answer: taskNamed("regression").answer,
  };
  assert.deepEqual(await keys({ task: supervised(parts) }, numbers), ["loss", "mae"]);
});

Deno.test("Trainer says which array is missing, and what it would take", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  await assert.rejects(trainerOn(device, { task: SUM }).evaluate(DATA), {
    name: "TypeError",
    message:
      'Cannot evaluate: the data give features, target, and the task takes "left"; expected data with left, right, class, ' +
      "or another task",
  });
  await assert.rejects(trainerOn(device).evaluate(ownSource()), {
    name: "TypeError",
    message: /neither the trainer nor the data say a task/,
  });
  assert.throws(() => trainerOn(device).plan({ inputs: ownSource().inputs, batchSize: 4 }), {
    name: "TypeError",
  });
  await assert.rejects(trainerOn(device).evaluate({ ...sourceOf(DATA), task: "clas" }), {
    name: "RangeError",
    message: 'Cannot choose the task "clas": expected one of class, regression, multi-label',
  });
  assert.throws(
    () => trainerOn(device, { task: { ...SUM, metrics: { loss: (x: Tensor) => x } } }),
    {
      name: "RangeError",
      message: /Cannot measure a metric "loss"/,
    },
  );
});

Deno.test("Trainer looks at the numbers of a source that has not", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const source = ownSource();
  const broken: Source = {
    ...source,
    *epoch(number, options) {
      const batches = source.epoch(number, options);
      assert.ok(Symbol.iterator in batches);
      for (const batch of batches) {
        batch.arrays.right[3] = NaN;
        yield batch;
      }
    },
  };
  await assert.rejects(lossesOf(trainerOn(device, { task: SUM }), broken), {
    name: "RangeError",
    message: /input 1 is NaN at row 0 of example 3; expected finite numbers/,
  });
});

Deno.test("fit() refuses to augment the batches of a source, and a source that has too few or too many", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const augment = [<T>(placement: T): T => placement];
  const fitted = trainerOn(device).fit(sourceOf(DATA), { ...OPTIONS, augment });
  await assert.rejects(fitted.next(), { name: "RangeError", message: /batches of a source/ });
  const source = sourceOf(DATA);
  const short: Source = {
    ...source,
    *epoch(number, options) {
      for (const batch of source.epoch(number, options)) {
        yield batch;
        return;
      }
    },
  };
  await assert.rejects(lossesOf(trainerOn(device), short), {
    name: "RangeError",
    message: /the epoch has no batch left/,
  });
  await assert.rejects(trainerOn(device).evaluate(short, { batchSize: 16 }), {
    name: "RangeError",
    message: /the epoch has no batch left/,
  });
  const twice: Source = {
    ...source,
    *epoch(number, options) {
      yield* sourceOf(DATA).epoch(number, options);
      yield* sourceOf(DATA).epoch(number, options);
    },
  };
  await assert.rejects(lossesOf(trainerOn(device), twice), {
    name: "RangeError",
    message: /a batch of 16 examples; expected none any more/,
  });
});

Deno.test("fit() looks at the task and the shapes of validation examples before the first step", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const validate = async (validation: Source): Promise<number> => {
    using trainer = trainerOn(device);
    for await (const _ of trainer.fit(sourceOf(DATA), { ...OPTIONS, validation }));
    return trainer.step;
  };
  const sourceWith = (inputs: number, target: Float32Array | Uint32Array, task: string): Source =>
    arraySource({
      arrays: {
        features: { data: FEATURES.subarray(0, 2 * inputs), shape: [inputs] },
        target: { data: target },
      },
      examples: 2,
      task,
    });
  assert.equal(await validate(sourceWith(INPUTS, Uint32Array.of(0, 1), "class")), 12);
  const fitted = (validation: Source) => {
    const trainer = trainerOn(device);
    return { trainer, first: trainer.fit(sourceOf(DATA), { ...OPTIONS, validation }).next() };
  };
  const wrong: readonly [Source, string, RegExp][] = [
    [
      sourceWith(INPUTS, Float32Array.of(0, 1), "regression"),
      "RangeError",
      /Cannot validate: .* the task "regression"; expected "class"/,
    ],
    [sourceWith(INPUTS, Float32Array.of(0, 1), "class"), "TypeError", /f32 target/],
    [sourceWith(INPUTS - 1, Uint32Array.of(0, 1), "class"), "TypeError", /to x \[5,256\]/],
    [ownSource(), "TypeError", /Cannot validate: the data give left, right, class/],
  ];
  for (const [validation, name, message] of wrong) {
    const { trainer, first } = fitted(validation);
    await assert.rejects(first, { name, message });
    assert.equal(trainer.step, 0);
  }
});

Deno.test("taskDefinition() names losses that each task takes, and make() refuses others", () => {
  for (const { name, losses, make } of TASKS) {
    for (const loss of losses) assert.equal(make({ loss }).name, name);
    assert.throws(() => make({ loss: "hinge" }), {
      name: "RangeError",
      message: /loss is "hinge"/,
    });
  }
  assert.throws(() => taskDefinition("class").make({ positiveWeight: 2 }), /it has no option/);
  assert.deepEqual(exampleArrays({ inputs: 3, outputs: 2, multiLabel: true }).task, "multi-label");
});
