/**
 * Top-KAST, and the storage of which the forward reads a part.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Backend } from "../src/device/backend.ts";
import { set } from "../src/methods/set.ts";
import { staticPattern } from "../src/methods/static.ts";
import { topkast } from "../src/methods/topkast.ts";
import { linear } from "../src/nn/mod.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device } from "../src/program/device.ts";
import { eachConnection, toDense } from "../src/sparse/convert.ts";
import { areaOf } from "../src/sparse/geometry.ts";
import { patternName } from "../src/sparse/lookup.ts";
import { countUnits, type Pattern } from "../src/sparse/pattern.ts";
import { block, fanIn, groupFanIn, nm } from "../src/sparse/patterns/mod.ts";
import type { SparseSpec } from "../src/sparse/spec.ts";
import { isChosen } from "../src/sparse/storage/subset.ts";
import type { SparseWeight } from "../src/sparse/weight.ts";
import { readCheckpoint } from "../src/train/checkpoint.ts";
import { loadModel } from "../src/train/load.ts";
import { snapshotLayers } from "../src/train/snapshot.ts";
import { Trainer } from "../src/train/trainer.ts";
import { testOnDevices } from "./devices.ts";
import {
  CLASSES,
  DATA,
  difference,
  EXAMPLES,
  fit,
  INPUTS,
  maskOf,
  Oracle,
  RATE,
  sparseOf,
} from "./masters.ts";

const PATTERNS: readonly SparseSpec[] = [
  fanIn(6),
  groupFanIn(6, 4),
  block(1, { density: 0.4 }),
  block(4, { density: 0.6 }),
  nm(2, 4),
];

function setUp(
  backend: Backend,
  pattern: SparseSpec,
  optimizer = sgd({ learningRate: RATE }),
  options: Parameters<typeof topkast>[0] = { every: 2, exploration: 0 },
) {
  const device = new Device(backend, "test", 4, record);
  const model = linear(INPUTS, CLASSES, { pattern, storage: "subset" });
  const trainer = new Trainer({ device, model, optimizer, method: topkast(options) });
  return { device, model, weight: sparseOf(model), trainer };
}

/** `[rows, inputs]`: 1 where the forward reads a connection. */
function readMask({ pattern, chosen }: SparseWeight): Float32Array {
  assert.ok(chosen !== undefined);
  const area = areaOf(pattern.unit);
  const ones = Float32Array.from(
    { length: pattern.capacity * area },
    (_, at) => Number(isChosen(chosen, Math.floor(at / area))),
  );
  return toDense(pattern, ones);
}

/** The score of each unit by its slot. */
function scores(pattern: Pattern, values: Float32Array): Map<number, number> {
  const all = new Map<number, number[]>();
  eachConnection(pattern, (at) => {
    const slot = Math.floor(at / areaOf(pattern.unit));
    all.set(slot, [...all.get(slot) ?? [], Math.abs(values[at])]);
  });
  const mean = pattern.spec.kind === "groupFanIn";
  return new Map([...all].map(([slot, magnitudes]) => {
    const sum = magnitudes.reduce((a, b) => a + b, 0);
    return [slot, Math.fround(mean ? sum / magnitudes.length : sum)];
  }));
}

testOnDevices(
  "a subset is trained with the gradient of what the forward reads",
  async (backend) => {
    for (const pattern of PATTERNS) {
      const { device, weight, trainer, model } = setUp(backend, pattern);
      using _ = trainer;
      await device.place(model.parameters);
      const begin = (await device.readFloats(weight.values)).slice();
      // No rewiring before the third step.
      await fit(trainer, 2);
      const oracle = new Oracle(toDense(weight.pattern, begin), readMask(weight));
      for (let step = 0; step < 2; step++) oracle.step();
      const stored = maskOf(weight.pattern);
      const end = toDense(weight.pattern, await device.readFloats(weight.values));
      // Two steps of sums over 24 products in f32, as in the tests of masters.
      const far = difference(end, oracle.weights.map((w, at) => stored[at] * w));
      assert.ok(far < 1e-5, `${patternName(pattern)}: ${far}`);
      const units = countUnits(weight.pattern);
      const read = [...scores(weight.pattern, begin)].filter(([slot]) =>
        isChosen(weight.chosen ?? new Uint32Array(), slot)
      );
      assert.equal(read.length, Math.max(1, Math.floor(units / 2)), patternName(pattern));
      for (const parameter of model.parameters) if (device.has(parameter)) device.free(parameter);
    }
  },
);

testOnDevices(
  "topkast() reads the largest of what is stored, and nothing else counts",
  async (backend) => {
    for (const pattern of PATTERNS) {
      const options = { every: 2, until: 1, fraction: 0.4, decay: "constant" } as const;
      const { device, weight, trainer, model } = setUp(backend, pattern, undefined, options);
      using _ = trainer;
      await device.place(model.parameters);
      const name = patternName(pattern);
      const first = maskOf(weight.pattern);
      const seen = first.slice();
      // The last step of six is one after a rewiring.
      for await (const event of trainer.fit(DATA, { epochs: 6, batchSize: EXAMPLES })) {
        if (event.kind !== "rewire") continue;
        const [{ dropped, grown }] = event.layers;
        const stored = maskOf(weight.pattern), read = readMask(weight);
        assert.equal(dropped, grown, name);
        assert.ok(read.every((is, at) => is <= stored[at]), `${name}: read and not stored`);
        stored.forEach((is, at) => seen[at] = Math.max(seen[at], is));
        const count = [...Array(weight.geometry.capacity).keys()]
          .filter((slot) => isChosen(weight.chosen ?? new Uint32Array(), slot)).length;
        assert.equal(count, Math.max(1, Math.floor(countUnits(weight.pattern) / 2)), name);
      }
      assert.ok(
        seen.reduce((a, b) => a + b) > first.reduce((a, b) => a + b),
        `${name}: it explores`,
      );
      const before = await trainer.evaluate(DATA);
      const read = readMask(weight);
      const values = (await device.readFloats(weight.values)).slice();
      let others = 0;
      eachConnection(weight.pattern, (at, row, input) => {
        if (read[row * INPUTS + input] === 1) return;
        values[at] = 1000 + at;
        others++;
      });
      assert.ok(others > 0);
      device.write(weight.values, values);
      assert.deepEqual(await trainer.evaluate(DATA), before, `${name}: what is not read counts`);
      trainer[Symbol.dispose]();
      for (const parameter of model.parameters) if (device.has(parameter)) device.free(parameter);
    }
  },
);

Deno.test("topkast() drops the smallest of what is not read, and draws what was not there", async () => {
  const { rewirer, context } = await import("./rewire_settings.ts");
  const { randomPattern } = await import("../src/sparse/draw.ts");
  for (const spec of PATTERNS) {
    const pattern = await randomPattern(spec, 40, 48, 3, 1);
    const values = Float32Array.from(
      { length: pattern.capacity * areaOf(pattern.unit) },
      (_, i) => Math.sin(i + 1),
    );
    const layer = { name: "layer", pattern, values, moments: [], mayAblate: false };
    const method = topkast({ forward: 0.7 });
    const before = scores(pattern, values);
    const chosen = method.choose?.(layer, rewirer) ?? new Uint32Array();
    const [inside, outside] = [true, false].map((is) =>
      [...before].filter(([slot]) => isChosen(chosen, slot) === is).map(([, score]) => score)
    );
    assert.equal(inside.length, Math.floor(0.7 * before.size));
    assert.ok(Math.min(...inside) >= Math.max(...outside), patternName(spec));
    const result = await method.rewire(layer, { ...context, fraction: 0.9 });
    assert.ok(result.dropped <= outside.length && result.dropped > 0, patternName(spec));
    const after = scores(result.pattern, result.values);
    const read = [...after].filter(([slot]) => isChosen(result.chosen ?? new Uint32Array(), slot))
      .map(([, score]) => score);
    // What was read before has survived, and nothing has grown that could be larger.
    assert.deepEqual(read.sort(), inside.sort(), patternName(spec));
  }
});

testOnDevices(
  "the penalty of topkast() is 1 / D times as large outside of what is read",
  async (backend) => {
    const exploration = 0.01;
    const found: Float32Array[] = [];
    let share: (at: number) => number = () => 0;
    for (const strength of [0, exploration]) {
      const options = { every: 50, exploration: strength };
      const { device, weight, trainer, model } = setUp(backend, fanIn(6), undefined, options);
      using _ = trainer;
      await device.place(model.parameters);
      await fit(trainer, 1);
      found.push(toDense(weight.pattern, await device.readFloats(weight.values)));
      const read = readMask(weight);
      const density = Math.floor(CLASSES * 6 / 2) / (CLASSES * INPUTS);
      share = (at) => read[at] === 1 ? 1 : 1 / density;
      trainer[Symbol.dispose]();
      for (const parameter of model.parameters) if (device.has(parameter)) device.free(parameter);
    }
    const [without, decayed] = found;
    // A product and a difference of numbers of about 1 in f32.
    const expected = without.map((w, at) => w - RATE * exploration * share(at) * w);
    assert.ok(difference(decayed, expected) < 1e-6);
  },
);

testOnDevices("a checkpoint keeps what the forward reads", async (backend) => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/run.safetensors`;
    const { weight, trainer } = setUp(
      backend,
      block(4, { density: 0.6 }),
      adamw({ learningRate: 0.01, fresh: "local" }),
    );
    using _ = trainer;
    await fit(trainer, 6);
    await trainer.save(path);
    const checkpoint = await readCheckpoint(path);
    const [layer] = snapshotLayers(checkpoint);
    assert.ok(layer.pattern !== undefined);
    const dense = toDense(layer.pattern, layer.values);
    readMask(weight).forEach((is, at) => assert.equal(dense[at] !== 0, is === 1));
    const device = new Device(backend, "test", 9, record);
    const { model } = await loadModel(path, device);
    assert.deepEqual(sparseOf(model).chosen, weight.chosen);
    using other = new Trainer({ device, model, optimizer: sgd({ learningRate: 1 }) });
    assert.deepEqual(await other.evaluate(DATA), await trainer.evaluate(DATA));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("topkast() refuses another storage, and shares that are none", () => {
  for (const forward of [0, 1.5, NaN]) assert.throws(() => topkast({ forward }), RangeError);
  assert.throws(() => topkast({ exploration: -1 }), /exploration is -1; expected at least 0/);
});

testOnDevices("a trainer refuses topkast() for weights that are not subsets", (backend) => {
  const device = new Device(backend, "test", 4, record);
  const model = linear(INPUTS, CLASSES, { pattern: fanIn(4) });
  const optimizer = sgd({ learningRate: RATE });
  assert.throws(
    () => new Trainer({ device, model, optimizer, method: topkast() }),
    /Cannot train "linear.weight" by topkast: its storage is "compressed"; expected "subset"/,
  );
  const subset = linear(INPUTS, CLASSES, { pattern: fanIn(4), storage: "subset" });
  assert.throws(
    () => new Trainer({ device, model: subset, optimizer, method: set() }),
    /Cannot train "linear.weight" by set: its storage is "subset"; expected another one, or a method/,
  );
  new Trainer({ device, model: subset, optimizer, method: staticPattern() })[Symbol.dispose]();
  return Promise.resolve();
}, ({ name }) => name === "wasm");
