/**
 * What is measured of masks now and then: the bits that change in a step, and the variance of gradients.
 *
 * @module
 */
import assert from "node:assert/strict";
import { srste } from "../src/methods/srste.ts";
import { linear } from "../src/nn/mod.ts";
import { createDevice } from "../src/ops/device.ts";
import { adamw } from "../src/optim/adamw.ts";
import { nm } from "../src/sparse/patterns/mod.ts";
import { type MaskMeasures, variancesOf } from "../src/train/masks.ts";
import { Trainer } from "../src/train/trainer.ts";
import { CLASSES, DATA, EXAMPLES, INPUTS, sparseOf } from "./masters.ts";

Deno.test("masks are measured: bits that change in a step, and the variance of gradients", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1, seed: 3 });
  const model = linear(INPUTS, CLASSES, { pattern: nm(2, 4), storage: "masked" });
  const optimizer = adamw({ learningRate: 0.1 });
  using trainer = new Trainer({ device, model, optimizer, method: srste() });
  const masks: Uint32Array[] = [];
  const measured: MaskMeasures[] = [];
  for await (const event of trainer.fit(DATA, { epochs: 6, batchSize: EXAMPLES })) {
    if (event.kind !== "epoch") continue;
    const bits = sparseOf(model).mask?.bits;
    assert.ok(bits !== undefined);
    masks.push(Uint32Array.from(await device.read(bits)));
    const found = await trainer.topology.masks(trainer.step);
    measured.push(...found.values());
  }
  assert.equal(measured[0].sad, undefined, "nothing to compare with");
  for (const [i, { sad, keptVariance = NaN, prunedVariance = NaN }] of measured.entries()) {
    assert.ok(keptVariance >= 0 && prunedVariance >= 0);
    if (i === 0) continue;
    const changed = masks[i].reduce(
      (sum, word, at) =>
        sum + ((word ^ masks[i - 1][at]) >>> 0).toString(2).replaceAll("0", "").length,
      0,
    );
    assert.equal(sad, changed, "an epoch is a step");
  }
  assert.ok(measured.some(({ sad = 0 }) => sad > 0), "some bits change");
});

Deno.test("masks of a run that goes on are measured as those of one that never stopped", async () => {
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  /** What is measured after every epoch of three steps; with a stop in the middle of one, or at its end. */
  const measured = async (stop?: number): Promise<MaskMeasures[]> => {
    const found: MaskMeasures[] = [];
    const part = async (restores: boolean, until: number): Promise<void> => {
      using device = await createDevice({ prefer: "wasm", threads: 1, seed: 3 });
      const model = linear(INPUTS, CLASSES, { pattern: nm(2, 4), storage: "masked" });
      const optimizer = adamw({ learningRate: 0.1 });
      using trainer = new Trainer({ device, model, optimizer, method: srste() });
      if (restores) await trainer.restore(path);
      const batchSize = Math.ceil(EXAMPLES / 3);
      for await (const event of trainer.fit(DATA, { epochs: 4, batchSize, logEvery: 1 })) {
        if (event.kind === "epoch") {
          found.push(...(await trainer.topology.masks(trainer.step)).values());
        }
        if (trainer.step < until) continue;
        await trainer.save(path);
        return;
      }
    };
    if (stop !== undefined) await part(false, stop);
    await part(stop !== undefined, Infinity);
    return found;
  };
  const whole = await measured();
  assert.equal(whole.length, 4);
  assert.ok(whole.some(({ sad = 0 }) => sad > 0), "some bits change");
  assert.ok(whole.slice(1).every(({ sad }) => sad !== undefined));
  for (const stop of [5, 6, 7]) assert.deepEqual(await measured(stop), whole, `a stop at ${stop}`);
});

Deno.test("variancesOf() tells what is in the mask from what is not", () => {
  const v = Float32Array.of(4, 1, 4, 1);
  assert.deepEqual(variancesOf([0b01, 0b01], Float32Array.of(1, 0, 1, 0), v, 2), {
    ...{ keptVariance: 3, prunedVariance: 1 },
  });
});
