/**
 * Hooks of methods, which change weights in a step.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Backend } from "../src/device/backend.ts";
import { set } from "../src/methods/set.ts";
import type { Method } from "../src/methods/method.ts";
import { staticPattern } from "../src/methods/static.ts";
import { linear } from "../src/nn/mod.ts";
import { createDevice } from "../src/ops/device.ts";
import { add, permute, record } from "../src/ops/kernels/mod.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device } from "../src/program/device.ts";
import { Resource } from "../src/program/resource.ts";
import { NONE } from "../src/ops/kernels/constants.ts";
import { patternName } from "../src/sparse/lookup.ts";
import { fanIn, nm } from "../src/sparse/patterns/mod.ts";
import { Trainer } from "../src/train/trainer.ts";
import { Source } from "./arbitraries.ts";
import { testOnDevices } from "./devices.ts";
import {
  CLASSES,
  difference,
  EXAMPLES,
  fit,
  INPUTS,
  maskOf,
  Oracle,
  RATE,
  sparseOf,
} from "./masters.ts";

/** Noise before the forward, and nothing left of what does not exist after the update; counts what it records. */
function projected(noise: Float32Array): Method & { counts: Record<string, number> } {
  const counts: Record<string, number> = { before: 0, after: 0 };
  const constant = (label: string, type: "f32" | "u32", data: Float32Array | Uint32Array) =>
    new Resource({ label, type, length: data.length, category: "program", initial: () => data });
  const every = constant("all", "u32", Uint32Array.from(noise, (_, i) => i));
  const shift = constant("noise", "f32", noise);
  let active: Resource | undefined;
  return {
    ...staticPattern(),
    name: "projected",
    counts,
    beforeForward({ trace, weight: { values } }) {
      counts.before++;
      const [stored, sum] = [trace.resource(values), trace.transient([noise.length], "gradients")];
      trace.emit(add, [stored, trace.resource(shift), sum], { length: noise.length });
      trace.emit(permute, [trace.resource(every), sum, stored], { length: noise.length });
    },
    afterUpdate({ trace, weight }) {
      counts.after++;
      const mask = maskOf(weight.pattern);
      active ??= constant("active", "u32", Uint32Array.from(mask, (m, i) => m === 1 ? i : NONE));
      const stored = trace.resource(weight.values);
      const kept = trace.transient([noise.length], "gradients");
      trace.emit(permute, [trace.resource(active), stored, kept], { length: noise.length });
      trace.emit(permute, [trace.resource(every), kept, stored], { length: noise.length });
    },
  };
}

testOnDevices(
  "hooks of a method run before every forward and after every update",
  async (backend) => {
    for (const pattern of [fanIn(4), nm(2, 4)]) {
      const device = new Device(backend, "test", 4, record);
      const model = linear(INPUTS, CLASSES, { pattern, storage: "master" });
      await device.place(model.parameters);
      const weight = sparseOf(model);
      const noise = new Source(3).floats(CLASSES * INPUTS, "normal").map((x) => 0.1 * x);
      const oracle = new Oracle(await device.readFloats(weight.values), maskOf(weight.pattern));
      const method = projected(noise);
      using trainer = new Trainer({
        device,
        model,
        optimizer: sgd({ learningRate: RATE }),
        method,
      });
      await fit(trainer, 5);
      assert.deepEqual(method.counts, { before: 1, after: 1 }, "recorded once, for one program");
      for (let step = 0; step < 5; step++) {
        oracle.weights.forEach((w, at) => oracle.weights[at] = w + noise[at]);
        oracle.step();
        oracle.weights.forEach((w, at) => oracle.weights[at] = w * oracle.mask[at]);
      }
      // Five steps of sums over 24 products in f32, as above.
      const far = difference(await device.readFloats(weight.values), oracle.weights);
      assert.ok(far < 1e-5, `${patternName(pattern)}: ${far}`);
      trainer[Symbol.dispose]();
      for (const parameter of model.parameters) if (device.has(parameter)) device.free(parameter);
    }
  },
);

Deno.test("an update of several batches has the forward's hook for each, the update's once", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1, seed: 4 });
  const model = linear(INPUTS, CLASSES, { pattern: fanIn(4), storage: "master" });
  await device.place(model.parameters);
  const method = projected(new Float32Array(CLASSES * INPUTS));
  using trainer = new Trainer({ device, model, optimizer: sgd({ learningRate: RATE }), method });
  // One program adds the gradients of a batch, another one adds the last ones and updates.
  const { kernels } = trainer.plan({ inputs: INPUTS, batchSize: EXAMPLES / 3, accumulate: 3 });
  assert.deepEqual(method.counts, { before: 2, after: 1 });
  // Before each of three forwards a copy, and a view; after the update two.
  assert.equal(kernels.permute, 3 * 2 + 2);
});

/** Of a model with compressed weights, so that hooks and storages cost nothing where nobody asks for them. */
async function recorded(backend: Backend, method: Method | undefined) {
  const device = new Device(backend, "test", 1, record);
  const model = linear(INPUTS, CLASSES, { pattern: fanIn(4) });
  using trainer = new Trainer({
    device,
    model,
    optimizer: sgd({ learningRate: RATE }),
    ...(method === undefined ? {} : { method }),
  });
  return await Promise.resolve(trainer.plan({ inputs: INPUTS, batchSize: EXAMPLES }));
}

testOnDevices("a method without hooks records nothing in a step", async (backend) => {
  assert.deepEqual(await recorded(backend, set()), await recorded(backend, undefined));
});
