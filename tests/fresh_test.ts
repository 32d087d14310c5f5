/**
 * What connections begin with under Adam that grow during a run.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Backend } from "../src/device/backend.ts";
import { Random } from "../src/device/random.ts";
import { dynsparse } from "../src/methods/dynsparse.ts";
import type { Method } from "../src/methods/method.ts";
import { rigl } from "../src/methods/rigl.ts";
import { set } from "../src/methods/set.ts";
import { srigl } from "../src/methods/srigl.ts";
import { staticPattern } from "../src/methods/static.ts";
import { linear, relu, sequential } from "../src/nn/mod.ts";
import { mean, record } from "../src/ops/kernels/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import type { Fresh } from "../src/optim/fresh.ts";
import type { Optimizer } from "../src/optim/optimizer.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device, matrix } from "../src/program/device.ts";
import { Resource } from "../src/program/resource.ts";
import type { Tensor } from "../src/program/trace.ts";
import { eachConnection, toDense } from "../src/sparse/convert.ts";
import { areaOf, geometryOf } from "../src/sparse/geometry.ts";
import type { Pattern } from "../src/sparse/pattern.ts";
import { block, fanIn, groupFanIn, nm } from "../src/sparse/patterns/mod.ts";
import type { SparseSpec } from "../src/sparse/spec.ts";
import { Topology } from "../src/train/topology.ts";
import { Trainer } from "../src/train/trainer.ts";
import { testOnDevices } from "./devices.ts";
import { CLASSES, DATA, EXAMPLES as BATCH, INPUTS as FEATURES, sparseOf } from "./masters.ts";

const ROWS = 12;
const INPUTS = 20;
const EXAMPLES = 32;
const RATE = 1e-3;

/** One layer whose gradient is `dy x^T`, with a given `dy`, and what trains and rewires it. */
async function setUp(
  backend: Backend,
  spec: SparseSpec,
  method: Method,
  fresh: Fresh,
  optimizer: Optimizer = adamw({ learningRate: RATE, fresh }),
) {
  const device = new Device(backend, "test", 7, record);
  const random = new Random({ seed: 7, use: "noise" });
  const dy = new Resource({
    ...{ label: "dy", type: "f32", length: ROWS * EXAMPLES, category: "program" },
    initial: () => random.normals(ROWS * EXAMPLES, 1),
  });
  const loss = (output: Tensor): Tensor => {
    const { trace, columns } = output;
    const result = trace.transient([], "activations");
    trace.emit(mean, [output, trace.step, result], { columns });
    const backward = () => [trace.resource(dy, output.shape)];
    trace.differentiable({ inputs: [output], output: result, backward });
    return result;
  };
  const model = linear(INPUTS, ROWS, { pattern: spec, bias: false });
  const moments = optimizer.begin(model.parameters);
  const topology = new Topology({ device, model, moments, method, seed: 7 });
  const specs = [matrix(INPUTS, EXAMPLES)];
  const program = await device.compile(specs, (x) => optimizer.update(loss(model(x)), { moments }));
  await topology.prepare(specs, ([x], context) => loss(model(x, context)));
  const weight = sparseOf(model);
  const inputs = [random.normals(INPUTS * EXAMPLES, 1)];
  const clockOf = (step: number) => ({ step, totalSteps: 2 ** 20 });
  return {
    ...{ device, model, moments, weight, random, topology },
    step: (step: number, given = inputs) => program.run(given, clockOf(step), EXAMPLES),
    rewire: (step: number) => topology.maybeRewire(inputs, clockOf(step), EXAMPLES),
    values: async () => toDense(weight.pattern, await device.readFloats(weight.values)),
    dense: async (number: number) =>
      toDense(weight.pattern, await device.readFloats(moments.of(weight.values)[number])),
    ages: async () => {
      const kept = moments.fresh(weight.values);
      assert.equal(kept?.kind, "local");
      const words = (await device.read(kept.births.resource)).slice();
      return { since: words[0], ages: new Uint16Array(words.buffer, 4) };
    },
  };
}

/** Always half of the units. */
const OFTEN = { every: 1, fraction: 0.5, until: 1, decay: "constant" } as const;

function mask(pattern: Pattern): Float32Array {
  return toDense(pattern, new Float32Array(pattern.capacity * areaOf(pattern.unit)).fill(1));
}

/** Ratios of the updates of new connections to the learning rate, over the updates after a rewiring of an old run. */
async function ratios(backend: Backend, fresh: Fresh, updates: number): Promise<number[][]> {
  const run = await setUp(backend, fanIn(5), dynsparse(OFTEN), fresh);
  const begin = 100_000;
  const before = mask(run.weight.pattern);
  // Such moments as a constant gradient has left.
  run.step(begin - 1);
  const [m, v] = run.moments.of(run.weight.values);
  const gradient = (await run.device.readFloats(m)).map((x) => x / Math.fround(1 - 0.9));
  run.device.write(m, gradient);
  run.device.write(v, gradient.map((x) => x * x));
  await run.rewire(begin);
  const isNew = mask(run.weight.pattern).map((is, at) => Number(is === 1 && before[at] === 0));
  const found: number[][] = [];
  let last = await run.values();
  for (let update = 0; update < updates; update++) {
    run.step(begin + update);
    const now = await run.values();
    found.push(
      [...now].flatMap((x, at) => isNew[at] === 1 ? [Math.abs(x - last[at]) / RATE] : []),
    );
    last = now;
  }
  assert.ok(found[0].length > 10);
  return found;
}

testOnDevices(
  "new connections under a constant gradient take steps as published",
  async (backend) => {
    const share = (n: number): number => (1 - 0.9 ** n) / Math.sqrt(1 - 0.999 ** n);
    assert.deepEqual([1, 5, 12].map((n) => share(n).toFixed(1)), ["3.2", "5.8", "6.6"]);
    const reset = await ratios(backend, "reset", 12);
    const local = await ratios(backend, "local", 12);
    const seeded = await ratios(backend, "seeded", 1);
    for (const [update, each] of reset.entries()) {
      // A difference of values of 0.02 in f32 is known to about 1e-9, of which the rate is a thousandth.
      each.forEach((x) => assert.ok(Math.abs(x - share(update + 1)) < 1e-4, `${update}: ${x}`));
    }
    local.flat().forEach((x) => assert.ok(Math.abs(x - 1) < 1e-4, `${x}`));
    // A tenth of a gradient, over a root that is that of its row.
    seeded.flat().forEach((x) => assert.ok(x < 0.9, `${x}`));
  },
);

testOnDevices(
  "a new connection under `local` is trained as one at the beginning of a run",
  async (backend) => {
    const run = await setUp(backend, block(4, { density: 0.4 }), dynsparse(OFTEN), "local");
    const before = mask(run.weight.pattern);
    const begin = 3000;
    await run.rewire(begin);
    // The same connections from step 0 on, beginning with 0.
    const other = await setUp(backend, block(4, { density: 0.4 }), staticPattern(), "reset");
    other.weight.rewire(other.device, run.weight.pattern);
    other.device.write(other.weight.values, new Float32Array(other.weight.values.length));
    for (let update = 0; update < 20; update++) {
      const inputs = [run.random.normals(INPUTS * EXAMPLES, 1)];
      run.step(begin + update, inputs);
      other.step(update, inputs);
    }
    const [found, expected] = [await run.values(), await other.values()];
    let count = 0;
    for (const [at, is] of mask(run.weight.pattern).entries()) {
      if (is === 0 || before[at] === 1) continue;
      // The same numbers in the same order: the same bits.
      assert.equal(found[at], expected[at], `${at}`);
      count++;
    }
    assert.ok(count >= 16);
  },
);

const SPECS: Readonly<Record<string, [SparseSpec, Method]>> = {
  "fan-in, SET": [fanIn(5), set(OFTEN)],
  "fan-in, SRigL": [fanIn(5), srigl({ ...OFTEN, gammaSal: 0.9 })],
  "groups, RigL": [groupFanIn(6, 8), rigl(OFTEN)],
  "blocks, DynSparse": [block(8, { density: 0.4 }), dynsparse(OFTEN)],
  "single connections, DynSparse by gradient": [
    block(1, { density: 0.3 }),
    dynsparse({ ...OFTEN, growth: "gradient" }),
  ],
  "N:M, SET": [nm(2, 6), set(OFTEN)],
};

Deno.test("births travel with their units, whatever the pattern and the method", async () => {
  const { ReferenceBackend } = await import("./reference_backend.ts");
  for (const [name, [spec, method]] of Object.entries(SPECS)) {
    const run = await setUp(new ReferenceBackend(), spec, method, "local");
    const spends = method.growth === "gradient";
    // Updates of each connection, told by hand.
    let updates = new Float32Array(ROWS * INPUTS);
    let done = 0, born = 0;
    for (let step = 0; step < 12; step++) {
      if (step > 0 && step % 3 === 0) {
        const before = mask(run.weight.pattern);
        await run.rewire(step);
        const { since, ages } = await run.ages();
        assert.equal(since, step + Number(spends), name);
        const [m, v] = [await run.dense(0), await run.dense(1)];
        const area = areaOf(run.weight.unit);
        const now = new Float32Array(ROWS * INPUTS);
        const fresh = new Map<number, boolean>();
        eachConnection(run.weight.pattern, (at, row, input) => {
          const place = row * INPUTS + input, slot = Math.floor(at / area);
          const isNew = before[place] === 0 || (m[place] === 0 && v[place] === 0);
          fresh.set(slot, isNew && (fresh.get(slot) ?? true));
          now[place] = isNew ? 0 : updates[place];
          assert.equal(ages[slot], now[place], `${name}, step ${step}, connection ${place}`);
        });
        born += [...fresh.values()].filter((is) => is).length;
        updates = now;
        if (spends) continue;
      }
      run.step(step);
      done++;
      mask(run.weight.pattern).forEach((is, at) => updates[at] += is);
    }
    assert.ok(born > 0, `${name}: something grew`);
    assert.equal(Math.max(...updates), done, `${name}: something survived from the beginning`);
  }
});

Deno.test("seeded connections begin with the mean second moment of their row", async () => {
  const { ReferenceBackend } = await import("./reference_backend.ts");
  for (const spec of [fanIn(5), block(4, { density: 0.4 }), groupFanIn(6, 8)]) {
    const run = await setUp(new ReferenceBackend(), spec, dynsparse(OFTEN), "seeded");
    for (let step = 0; step < 3; step++) run.step(step);
    const old = await run.dense(1), before = mask(run.weight.pattern);
    await run.rewire(3);
    const now = await run.dense(1), after = mask(run.weight.pattern);
    const all = [...old].filter((_, at) => before[at] === 1 && after[at] === 1);
    const meanOf = (list: number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
    for (let row = 0; row < ROWS; row++) {
      const places = Array.from({ length: INPUTS }, (_, i) => row * INPUTS + i);
      const stayed = places.filter((at) => before[at] === 1 && after[at] === 1);
      const expected = meanOf(stayed.length === 0 ? all : stayed.map((at) => old[at]));
      for (const at of places.filter((at) => after[at] === 1)) {
        if (before[at] === 1) assert.equal(now[at], old[at]);
        else assert.ok(Math.abs(now[at] - expected) <= 1e-6 * expected, `${now[at]}, ${expected}`);
      }
      assert.ok((await run.dense(0)).every((x, at) => before[at] === 1 || x === 0));
    }
  }
});

testOnDevices(
  "inherited moments are those of what was dropped, in its order",
  async (backend) => {
    const fresh = "inherited";
    const momentum = sgd({ learningRate: RATE, momentum: 0.9, fresh });
    for (
      const [spec, optimizer, kept] of [
        [fanIn(5), undefined, 2],
        [groupFanIn(6, 8), momentum, 1],
      ] as const
    ) {
      const run = await setUp(backend, spec, dynsparse(OFTEN), fresh, optimizer);
      for (let step = 0; step < 3; step++) run.step(step);
      const all = () => Promise.all(Array.from({ length: kept }, (_, i) => run.dense(i)));
      const [old, before] = [await all(), mask(run.weight.pattern)];
      await run.rewire(3);
      const [now, after, values] = [await all(), mask(run.weight.pattern), await run.values()];
      let grown = 0;
      for (let row = 0; row < ROWS; row++) {
        const places = Array.from({ length: INPUTS }, (_, i) => row * INPUTS + i);
        const went = places.filter((at) => before[at] === 1 && after[at] === 0);
        const came = places.filter((at) => before[at] === 0 && after[at] === 1);
        assert.equal(went.length, came.length);
        grown += came.length;
        const from = new Map(came.map((at, i) => [at, went[i]]));
        for (const at of places.filter((at) => after[at] === 1)) {
          now.forEach((moment, i) => assert.equal(moment[at], old[i][from.get(at) ?? at]));
          if (from.has(at)) assert.ok(Object.is(values[at], 0));
        }
      }
      assert.ok(grown > 10);
    }
  },
  ({ name }) => name !== "wasm relaxed, 3 threads",
);

function trainerOf(backend: Backend, fresh: Fresh | undefined, method: Method): Trainer {
  return new Trainer({
    device: new Device(backend, "test", 3, record),
    model: sequential(
      linear(FEATURES, 16, { name: "a", pattern: block(4, { density: 0.5 }) }),
      relu(),
      linear(16, CLASSES, { name: "b", pattern: fanIn(6) }),
    ),
    optimizer: adamw({ learningRate: 0.01, ...(fresh === undefined ? {} : { fresh }) }),
    method,
  });
}

async function losses(trainer: Trainer): Promise<number[]> {
  const found: number[] = [];
  for await (const event of trainer.fit(DATA, { epochs: 6, batchSize: BATCH / 2, logEvery: 1 })) {
    if (event.kind === "step") found.push(event.loss);
  }
  return found;
}

testOnDevices(
  "`local` is `reset` to the bit until something grows, for two bytes a unit",
  async (backend) => {
    const [usual, reset, local, seeded] = [undefined, "reset", "local", "seeded"] as const;
    const still = await Promise.all(
      [usual, reset, local, seeded].map(async (fresh) => {
        using trainer = trainerOf(backend, fresh, staticPattern());
        return await losses(trainer);
      }),
    );
    still.slice(1).forEach((found) => assert.deepEqual(found, still[0]));
    const method = dynsparse({ every: 3 });
    const moving: number[][] = [];
    for (const fresh of [usual, reset, local, seeded]) {
      using trainer = trainerOf(backend, fresh, method);
      moving.push(await losses(trainer));
    }
    assert.deepEqual(moving[1], moving[0]);
    for (const found of moving.slice(2)) {
      assert.deepEqual(found.slice(0, 3), moving[0].slice(0, 3));
      assert.notDeepEqual(found, moving[0]);
    }
    const plan = (fresh: Fresh | undefined) => {
      using trainer = trainerOf(backend, fresh, method);
      const { bytes, kernels } = trainer.plan({ inputs: FEATURES, batchSize: 32 });
      return { bytes, kernels };
    };
    assert.deepEqual(plan("reset"), plan(usual));
    assert.deepEqual(plan("seeded"), plan(usual));
    assert.equal(plan("local").kernels.adamw_local, 2);
    // Two bytes a slot, in words, and the step at which they were written.
    const births = [block(4, { density: 0.5 }), fanIn(6)].map((spec, i) => {
      const [rows, inputs] = [[16, FEATURES], [CLASSES, 16]][i];
      return 4 * (1 + Math.ceil(geometryOf(spec, rows, inputs).capacity / 2));
    });
    const [one, other] = [plan("local"), plan(usual)].map(({ bytes }) => bytes.moments);
    // Each rounded up to what the device aligns arrays to.
    const most = births.reduce((sum, each) => sum + each + 256, 0);
    assert.ok(one - other >= births[0] + births[1] && one - other <= most, `${one - other}`);
  },
);

Deno.test("adamw() and sgd() refuse another way for connections to begin", () => {
  const fresh = JSON.parse('"warm"');
  assert.throws(() => adamw({ learningRate: 1, fresh }), /fresh is "warm"; expected reset, local/);
  assert.throws(
    () => sgd({ learningRate: 1, fresh }),
    /fresh is "warm"; expected reset or inherit/,
  );
});
