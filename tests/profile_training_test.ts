/**
 * What a profile says of a training beside its kernels. No test looks at how long anything took.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Source, sourceOf } from "../src/data/mod.ts";
import { set } from "../src/methods/set.ts";
import { staticPattern } from "../src/methods/static.ts";
import { mlp } from "../src/models/mlp.ts";
import { linear } from "../src/nn/mod.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { createDevice } from "../src/ops/device.ts";
import { adamw } from "../src/optim/adamw.ts";
import { measureRewiring, measureWaiting, rewiringOften } from "../src/profile/training.ts";
import { labels, matrix } from "../src/program/device.ts";
import { fanIn } from "../src/sparse/patterns/mod.ts";
import { Trainer } from "../src/train/trainer.ts";
import { Source as Arbitrary } from "./arbitraries.ts";
import { testOnDevices } from "./devices.ts";

testOnDevices(
  "measureWaiting() trains on batches that a source makes, one ahead",
  async (_, { name }) => {
    using device = await createDevice({
      prefer: name === "webgpu" ? "webgpu" : "wasm",
      threads: 1,
    });
    const source = countedSource();
    const model = linear(6, 3, { pattern: fanIn(2) });
    const optimizer = adamw({ learningRate: 1e-3 });
    using program = await device.compile(
      [matrix(6, 32), labels(32)],
      (x, y) => optimizer.update(crossEntropy(model(x), y)),
    );
    const names = ["features", "target"];
    const found = await measureWaiting(device, program, {
      source,
      names,
      batchSize: 32,
      seconds: 0,
    });
    const { stepSeconds, waitSeconds, steps } = found;
    // Three batches an epoch: it goes on with the next one.
    assert.equal(steps, 8);
    assert.equal(program.runs, 3 + 8);
    assert.deepEqual(source.epochs, [0, 1, 2, 3]);
    assert.ok(waitSeconds >= 0 && waitSeconds <= stepSeconds, JSON.stringify(found));
  },
  ({ name }) => name === "wasm" || name === "webgpu",
);

Deno.test("measureWaiting() counts what a device waits for that has carried out a step when its call returns", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  using program = await device.compile([matrix(6, 32)], (x) => linear(6, 3)(x));
  // As long as that takes.
  let sum = 0;
  const source = countedSource(() => {
    for (let i = 0; i < 1e6; i++) sum += Math.sqrt(i);
  });
  const options = { source, names: ["features"], batchSize: 32, seconds: 0 };
  const { waitSeconds } = await measureWaiting(device, program, options);
  assert.ok(waitSeconds > 0 && sum > 0, `${waitSeconds}`);
});

Deno.test("measureRewiring() rewires between any two steps", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const often = rewiringOften(set({ every: 50, fraction: 0.25 }));
  assert.ok(often !== undefined);
  assert.deepEqual([often.every, often.fraction(70, 80)], [1, 0.25]);
  const model = mlp({ sizes: [6, 16, 3], sparsity: 0.5 });
  const optimizer = adamw({ learningRate: 1e-3 });
  using trainer = new Trainer({ device, model, optimizer, method: often });
  const { seconds, rewirings } = await measureRewiring(trainer, countedSource(), 32);
  assert.equal(rewirings, 3);
  assert.ok(seconds > 0);
});

Deno.test("rewiringOften() gives nothing of a method that leaves patterns as they are", () => {
  assert.equal(rewiringOften(staticPattern()), undefined);
  assert.equal(rewiringOften(set({ fraction: 0 })), undefined);
});

/** A source of 96 examples that says which epochs were begun. */
function countedSource(beside: () => void = () => {}): Source & { readonly epochs: number[] } {
  const random = new Arbitrary(4);
  const source = sourceOf({
    features: random.floats(6 * 96),
    labels: Uint8Array.from(random.integers(96, 3)),
    ...{ examples: 96, inputs: 6, classes: 3 },
  });
  const epochs: number[] = [];
  return {
    ...source,
    epochs,
    *epoch(number, options) {
      epochs.push(number);
      const batches = source.epoch(number, options);
      if (Symbol.asyncIterator in batches) throw new TypeError("its arrays are in memory");
      for (const batch of batches) {
        beside();
        yield batch;
      }
    },
  };
}
