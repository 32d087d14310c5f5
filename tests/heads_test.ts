/**
 * A model that gives more than one tensor, and what a trainer makes of it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { arraySource } from "../src/data/array_source.ts";
import { linear, makeModule } from "../src/nn/mod.ts";
import { add } from "../src/ops/add.ts";
import { accuracy, crossEntropy } from "../src/ops/cross_entropy.ts";
import { createDevice } from "../src/ops/device.ts";
import { mse } from "../src/ops/target_losses.ts";
import { sgd } from "../src/optim/sgd.ts";
import type { Tensor } from "../src/program/trace.ts";
import { fanIn } from "../src/sparse/patterns/fan_in.ts";
import { taskNamed } from "../src/tasks/mod.ts";
import type { Task } from "../src/tasks/task.ts";
import { Trainer } from "../src/train/trainer.ts";

const INPUTS = 6, CLASSES = 3, EXAMPLES = 50;
const DATA = arraySource({
  arrays: {
    left: {
      data: Float32Array.from({ length: EXAMPLES * INPUTS }, (_, i) => Math.sin(i * i)),
      shape: [INPUTS],
    },
    class: { data: Uint32Array.from({ length: EXAMPLES }, (_, i) => i % CLASSES), below: CLASSES },
  },
  examples: EXAMPLES,
});

Deno.test("Trainer trains a model that gives more than one tensor, whose metrics read any of them", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  type Given = { classes: Tensor; same: Tensor };
  const body = linear(INPUTS, 8, { pattern: fanIn(3) });
  const classes = linear(8, CLASSES), same = linear(8, INPUTS);
  let calls = 0;
  const model = makeModule((x: Tensor, context): Given => {
    calls++;
    const hidden = body(x, context);
    return { classes: classes(hidden, context), same: same(hidden, context) };
  }, { kind: "two heads", children: { body, classes, same } });
  const task: Task<"left", "class", Tensor, Given> = {
    ...{ name: "two", inputs: ["left"], targets: ["class"] },
    output: (model, { left }) => model(left).classes,
    loss: (model, { left, class: target }) =>
      add(crossEntropy(model(left).classes, target), mse(model(left).same, left)),
    metrics: {
      accuracy: (output, batch) => accuracy(output, batch.class),
      error: (_, { left }, model) => mse(model(left).same, left),
    },
    answer: taskNamed("class").answer,
  };
  using trainer = new Trainer({ device, model, task, optimizer: sgd({ learningRate: 0.1 }) });
  const before = await trainer.evaluate(DATA);
  assert.equal(calls, 1);
  const losses: number[] = [];
  for await (const event of trainer.fit(DATA, { epochs: 4, batchSize: 16, logEvery: 1 })) {
    if (event.kind === "step") losses.push(event.loss);
  }
  assert.ok(losses[losses.length - 1] < losses[0], String(losses));
  const after = await trainer.evaluate(DATA);
  assert.ok(after.error < before.error, `${after.error} is not below ${before.error}`);
});
