/**
 * Methods that train a dense weight under an N:M mask: what they say of the mask, what a step makes of the weights, and that
 * runs go on bit for bit.
 *
 * @module
 */
import assert from "node:assert/strict";
import { asp } from "../src/methods/asp.ts";
import { maxq, segmentSums } from "../src/methods/maxq.ts";
import type { Masking, Method } from "../src/methods/method.ts";
import { framesOf, pgf } from "../src/methods/pgf.ts";
import { srste } from "../src/methods/srste.ts";
import { stepRecipe } from "../src/methods/step.ts";
import { linear, relu, sequential } from "../src/nn/mod.ts";
import { createDevice } from "../src/ops/device.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device } from "../src/program/device.ts";
import { largestUnits } from "../src/sparse/magnitude.ts";
import { type MaskState, maskWords } from "../src/sparse/mask.ts";
import { randomPattern } from "../src/sparse/draw.ts";
import { patternName, patternNamed } from "../src/sparse/lookup.ts";
import { patternOf } from "../src/sparse/pattern.ts";
import { nm, nmOutputs } from "../src/sparse/patterns/mod.ts";
import type { PatternSpec } from "../src/sparse/spec.ts";
import { validatePattern } from "../src/sparse/validate.ts";
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
  RATE,
  sparseOf,
} from "./masters.ts";

/** What a method says of the mask of a weight at each step of a run. */
function statesOf(method: Method, [n, m]: readonly [number, number], steps: number): MaskState[] {
  const before = { n, m };
  return Array.from({ length: steps }, (_, step) => {
    const given: Masking = {
      ...{ ratio: { n, m }, step, totalSteps: steps, before, shape: [1, m] },
      values: () => assert.fail("reads values"),
      replace: () => assert.fail("replaces values"),
    };
    const state = method.mask?.(given);
    assert.ok(state !== undefined && !(state instanceof Promise));
    return state;
  });
}

Deno.test("pgf() is dense, then decays, then is binary, without gaps", () => {
  for (const decay of ["linear", "exponential"] as const) {
    const states = statesOf(pgf({ decay, begin: 0.2, fineTune: 0.3 }), [1, 8], 100);
    states.slice(0, 20).forEach((state) => assert.deepEqual(state, { n: 8, m: 8 }));
    states.slice(70).forEach((state) => assert.deepEqual(state, { n: 1, m: 8 }));
    const betas = states.slice(20, 70).map(({ beta = NaN }) => beta);
    assert.equal(betas[0], 1);
    betas.forEach((beta, i) =>
      assert.ok(beta >= 0 && beta <= (betas[i - 1] ?? 1), `${decay} ${i}`)
    );
    assert.ok(betas[49] > 0 && betas[49] < 0.03, `${decay}: ${betas[49]}`);
  }
  assert.equal(statesOf(pgf({ decay: "linear", begin: 0, rate: 0.5 }), [1, 8], 10)[2].beta, 0);
  const half = statesOf(pgf({ begin: 0, rate: Math.LN2 }), [1, 8], 10)[1].beta;
  assert.ok(Math.abs((half ?? NaN) - 0.5) < 1e-12, "one halving, in float64");
});

Deno.test("pgf() tightens its structure as published", () => {
  const names = (decay: "stepwise" | "geometric", n: number, m: number): string[] =>
    framesOf(decay, { n, m })?.map((frame) => `${frame.n}:${frame.m}`) ?? [];
  assert.deepEqual(names("stepwise", 1, 8), ["7:8", "4:8", "2:8", "1:8"]);
  assert.deepEqual(names("stepwise", 1, 16), ["15:16", "8:16", "4:16", "2:16", "1:16"]);
  assert.deepEqual(names("stepwise", 2, 4), ["3:4", "2:4"]);
  assert.deepEqual(names("stepwise", 1, 2), ["1:2"]);
  assert.deepEqual(names("stepwise", 3, 7), ["6:7", "3:7"]);
  assert.deepEqual(names("geometric", 1, 8), ["8:64", "4:32", "2:16", "1:8"]);
  const own = pgf({ frames: ["3:4", "4:8"], begin: 0.25, fineTune: 0.25 });
  assert.deepEqual(
    statesOf(own, [1, 4], 8).map(({ n, m }) => `${n}:${m}`),
    ["4:4", "4:4", "3:4", "3:4", "4:8", "4:8", "1:4", "1:4"],
  );
  assert.throws(() => pgf({ frames: ["4:3"] }), RangeError);
  assert.throws(() => pgf({ begin: 0.6, fineTune: 0.6 }), RangeError);
});

Deno.test("asp() and stepRecipe() begin their masks at a step of the run", () => {
  const asps = statesOf(asp({ begin: 0.5 }), [2, 4], 10).map(({ n }) => n);
  assert.deepEqual(asps, [4, 4, 4, 4, 4, 2, 2, 2, 2, 2]);
  const steps = statesOf(stepRecipe({ begin: 0.3, lambda: 0.5 }), [2, 4], 10);
  assert.deepEqual(steps.map(({ decay = 0 }) => decay), [0, 0, 0, ...Array(7).fill(0.5)]);
  assert.equal(stepRecipe({ begin: 0.3 }).frozenFrom?.(10), 3);
});

/** A softmax regression in float64 under a mask that follows its weights; the gradient of what the forward read. */
function gradientOf(read: ArrayLike<number>): Float64Array {
  const dw = new Float64Array(CLASSES * INPUTS);
  for (let e = 0; e < EXAMPLES; e++) {
    const x = DATA.features.subarray(e * INPUTS, (e + 1) * INPUTS);
    const logits = Array.from({ length: CLASSES }, (_, c) => {
      let sum = 0;
      for (let i = 0; i < INPUTS; i++) sum += read[c * INPUTS + i] * x[i];
      return sum;
    });
    const powers = logits.map(Math.exp);
    const total = powers.reduce((a, b) => a + b, 0);
    for (let c = 0; c < CLASSES; c++) {
      const d = (powers[c] / total - Number(DATA.labels[e] === c)) / EXAMPLES;
      for (let i = 0; i < INPUTS; i++) dw[c * INPUTS + i] += d * x[i];
    }
  }
  return dw;
}

/** One step of gradient descent in float64 of a weight under the mask of a state. */
function stepped(
  weights: Float64Array,
  [n, m]: readonly [number, number],
  { beta = 0, decay = 0 }: MaskState,
  exact: boolean,
): Float64Array {
  const spec = nm(n, m);
  const pattern = largestUnits(Float32Array.from(weights), { spec, rows: CLASSES, inputs: INPUTS });
  const mask = maskOf(pattern);
  const factor = mask.map((inside) => inside === 1 ? 1 : beta);
  const dw = gradientOf(weights.map((w, at) => w * factor[at]));
  return weights.map((w, at) => {
    const passed = exact ? factor[at] * dw[at] : dw[at];
    return w - RATE * (passed + (mask[at] === 1 ? 0 : decay * w));
  });
}

testOnDevices(
  "a step under a mask is that of float64, straight through and exact",
  async (backend) => {
    const cases: [Method, boolean, readonly [number, number]][] = [
      [srste({ lambda: 0.1 }), false, [2, 4]],
      [pgf({ begin: 0, fineTune: 0.2, decay: "linear" }), false, [1, 8]],
      [pgf({ begin: 0, fineTune: 0.2, decay: "linear", backward: "exact" }), true, [3, 7]],
    ];
    for (const [method, exact, [n, m]] of cases) {
      const device = new Device(backend, "test", 4, record);
      const model = linear(INPUTS, CLASSES, { pattern: nm(n, m), storage: "masked", bias: false });
      await device.place(model.parameters);
      const weight = sparseOf(model);
      let weights: Float64Array = Float64Array.from(await device.readFloats(weight.values));
      using trainer = new Trainer({
        device,
        model,
        optimizer: sgd({ learningRate: RATE }),
        method,
      });
      await fit(trainer, 5);
      for (const state of statesOf(method, [n, m], 5)) {
        weights = stepped(
          weights,
          [n, m],
          state,
          exact,
        );
      }
      // Five steps of sums over 24 products in f32.
      const far = difference(await device.readFloats(weight.values), weights);
      assert.ok(far < 1e-5, `${method.name} ${n}:${m}: ${far}`);
      trainer[Symbol.dispose]();
      for (const parameter of model.parameters) if (device.has(parameter)) device.free(parameter);
    }
  },
);

/** Epochs of a run, of three steps each. */
const EPOCHS = 8;

/** Losses and weights of a run; of one that is saved and restored after some epochs, if `stop` says so. */
async function run(
  method: Method,
  { stop = EPOCHS, dense = false, pattern = nm(1, 4) as PatternSpec } = {},
) {
  const epochs = EPOCHS;
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  const losses: number[] = [];
  let restored = false;
  while (true) {
    using device = await createDevice({ prefer: "wasm", threads: 1, seed: 3 });
    const layer = dense ? {} : { pattern, storage: "masked" as const };
    const model = sequential(linear(INPUTS, 40, layer), relu(), linear(40, CLASSES));
    const optimizer = adamw({ learningRate: 0.02, weightDecay: 1e-3 });
    using trainer = new Trainer({
      ...{ device, model, optimizer, seed: 5 },
      ...(dense ? {} : { method }),
    });
    if (restored) await trainer.restore(path);
    let left = restored || stop === epochs ? Infinity : stop;
    for await (const event of trainer.fit(DATA, { epochs, batchSize: 8, logEvery: 1 })) {
      if (event.kind === "step") losses.push(event.loss);
      if (event.kind === "epoch" && --left === 0) break;
    }
    await trainer.save(path);
    if (stop < epochs && !restored) {
      restored = true;
      continue;
    }
    const [values, bits] = [model.weights[0].values, model.weights[0].sparse?.mask?.bits];
    return {
      losses,
      evaluation: await trainer.evaluate(DATA),
      weights: await device.readFloats(values),
      pattern: model.weights[0].sparse?.pattern,
      bits: bits === undefined ? undefined : await device.read(bits),
      file: await Deno.readFile(path),
    };
  }
}

const METHODS: readonly [name: string, make: () => Method][] = [
  ["asp", () => asp({ begin: 0.4 })],
  ["srste", () => srste()],
  ["pgf", () => pgf({ begin: 0.2, fineTune: 0.3, backward: "exact" })],
  ["pgf stepwise", () => pgf({ decay: "stepwise", begin: 0.2, fineTune: 0.3 })],
  ["step", () => stepRecipe({ begin: 0.4 })],
  ["maxq", () => maxq({ every: 3, until: 0.8 })],
];

for (const [name, make] of METHODS) {
  Deno.test(`a run by ${name} goes on bit for bit, and ends with n of every m`, async () => {
    const whole = await run(make());
    const parts = await run(make(), { stop: 3 });
    assert.deepEqual(parts.losses, whole.losses);
    assert.deepEqual(parts.file, whole.file);
    assert.deepEqual(parts.evaluation, whole.evaluation);
    assert.equal(whole.losses.every(Number.isFinite), true);
    const { bits = [], weights, pattern } = whole;
    assert.ok(pattern !== undefined);
    // The mask of the evaluation is that of the pattern which is saved and exported.
    const mask = maskOf(pattern);
    for (let at = 0; at < 40 * INPUTS; at++) {
      const [row, input] = [Math.floor(at / INPUTS), at % INPUTS];
      assert.equal(bits[row] >>> input & 1, mask[at], `weight ${at}`);
    }
    for (let begin = 0; begin < 40 * INPUTS; begin += INPUTS) {
      for (let place = 0; place < INPUTS; place += 4) {
        const count = mask.slice(begin + place, begin + Math.min(place + 4, INPUTS))
          .reduce((sum, one) => sum + one, 0);
        // Of the two inputs at the end of a row half a connection, rounded up.
        assert.equal(count, 1);
      }
    }
    const gone = weights.filter((w, at) => mask[at] === 0 && w !== 0).length;
    assert.equal(gone === 0, name === "asp", "only ASP empties what is outside of its mask");
  });
}

for (
  const [name, make] of METHODS.filter(([name]) => ["asp", "pgf stepwise", "maxq"].includes(name))
) {
  Deno.test(`a run by ${name} along the outputs goes on bit for bit, and ends with n of every m`, async () => {
    const given = { pattern: nmOutputs(1, 16) };
    const whole = await run(make(), given);
    const parts = await run(make(), { ...given, stop: 3 });
    assert.deepEqual(parts.losses, whole.losses);
    assert.deepEqual(parts.file, whole.file);
    assert.deepEqual(parts.evaluation, whole.evaluation);
    const { bits = [], pattern } = whole;
    assert.ok(pattern !== undefined);
    validatePattern(pattern);
    const mask = maskOf(pattern);
    for (let input = 0; input < INPUTS; input++) {
      const column = Array.from({ length: 40 }, (_, row) => mask[row * INPUTS + input]);
      for (const [row, one] of column.entries()) assert.equal(bits[row] >>> input & 1, one);
      const counts = [0, 16, 32].map((first) =>
        column.slice(first, first + 16).reduce((sum, one) => sum + one, 0)
      );
      // Of the eight outputs at the end half a connection, rounded up.
      assert.deepEqual(counts, [1, 1, 1], `input ${input}`);
    }
  });
}

Deno.test("patterns along the outputs are checked, drawn and measured by columns", async () => {
  const spec = nmOutputs(2, 3);
  const pattern = await randomPattern(spec, 7, 5, 3, 1);
  validatePattern(pattern);
  assert.equal(pattern.budget, 5 * (2 + 2 + 1));
  assert.equal(patternName(spec), "2:3-outputs");
  assert.deepEqual(patternNamed("2:3-outputs", 1), spec);
  const other = patternOf([[0, 1, 2, 3, 4], [0, 1, 2, 3, 4], [0], [], [], [], []], {
    ...{ spec, rows: 7, inputs: 5 },
  });
  assert.throws(() => validatePattern(other), {
    name: "TypeError",
    message: /segment 0 of column 0 has 3 outputs; expected 2/,
  });
  const values = Float32Array.from({ length: 12 }, (_, i) => i);
  assert.deepEqual([...segmentSums(values, [4, 3], 2, true)], [3, 5, 7, 15, 17, 19]);
  assert.throws(() => linear(8, 8, { pattern: spec }), {
    name: "RangeError",
    message: /its pattern is 2:3-outputs, which masks alone keep; expected the storage "masked"/,
  });
});

Deno.test("a mask of all weights trains as a dense layer does, bit for bit", async () => {
  const [dense, masked] = [await run(srste(), { dense: true }), await run(asp({ begin: 1 }))];
  assert.deepEqual(masked.losses, dense.losses);
  assert.deepEqual(masked.weights, dense.weights);
});

Deno.test("stepRecipe() leaves second moments as they are from its mask on", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1, seed: 3 });
  const model = linear(INPUTS, CLASSES, { pattern: nm(2, 4), storage: "masked" });
  const optimizer = adamw({ learningRate: 0.02 });
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  const { readCheckpoint } = await import("../src/train/checkpoint.ts");
  using trainer = new Trainer({ device, model, optimizer, method: stepRecipe({ begin: 0.5 }) });
  const seconds: unknown[] = [];
  for await (const event of trainer.fit(DATA, { epochs: 6, batchSize: EXAMPLES })) {
    if (event.kind !== "epoch") continue;
    await trainer.save(path);
    const { tensors } = await readCheckpoint(path);
    seconds.push(
      tensors.get("linear.weight:moments.1")?.data ?? tensors.get("weight:moments.1")?.data,
    );
  }
  assert.ok(seconds[0] instanceof Float32Array);
  assert.notDeepEqual(seconds[1], seconds[2]);
  assert.deepEqual(seconds[3], seconds[2]);
  assert.deepEqual(seconds[5], seconds[2]);
});

Deno.test("stepRecipe() is refused where there are no second moments", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1, seed: 3 });
  const model = linear(INPUTS, CLASSES, { pattern: nm(2, 4), storage: "masked" });
  using trainer = new Trainer({
    ...{ device, model, optimizer: sgd({ learningRate: 0.1 }), method: stepRecipe() },
  });
  assert.throws(
    () => trainer.plan({ inputs: INPUTS, batchSize: 8 }),
    /Cannot freeze the second moments of sgd: it has none; expected adamw/,
  );
});

Deno.test("maxq() masks the segments with the smallest sums first", async () => {
  const values = Float32Array.from({ length: 32 }, (_, i) => i + 1);
  const given: Masking = {
    ...{ ratio: { n: 1, m: 4 }, step: 20, totalSteps: 100, before: { n: 1, m: 4 }, shape: [2, 16] },
    values: () => Promise.resolve(values),
    replace: () => assert.fail("replaces values"),
  };
  const state = await maxq({ every: 10, until: 0.5 }).mask?.(given);
  // 1 - 0.6^3 of eight segments are six, and the sum of the sixth is 21 + 22 + 23 + 24.
  assert.deepEqual(state, { n: 1, m: 4, limit: 90 });
  assert.deepEqual([...segmentSums(values, [2, 16], 4)].slice(0, 2), [10, 26]);
});

Deno.test("masks and layers that cannot be are refused", () => {
  assert.throws(() => maskWords({ n: 5, m: 4 }), RangeError);
  assert.throws(() => maskWords({ n: 1, m: 1024 }), RangeError);
});
