import assert from "node:assert/strict";
import fc from "fast-check";
import type { Backend } from "../src/device/backend.ts";
import { Random } from "../src/device/random.ts";
import type { Method } from "../src/methods/method.ts";
import { rigl } from "../src/methods/rigl.ts";
import { set } from "../src/methods/set.ts";
import { srigl } from "../src/methods/srigl.ts";
import { linear, sequential } from "../src/nn/mod.ts";
import { mean, record } from "../src/ops/kernels/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import { Device, labels, matrix } from "../src/program/device.ts";
import { Resource } from "../src/program/resource.ts";
import type { Tensor } from "../src/program/trace.ts";
import { block, fanIn, groupFanIn, nm } from "../src/sparse/patterns/mod.ts";
import type { SparseSpec } from "../src/sparse/spec.ts";
import { eachConnection, toDense } from "../src/sparse/convert.ts";
import { Topology } from "../src/train/topology.ts";
import { testOnDevices } from "./devices.ts";
import { ReferenceBackend } from "./reference_backend.ts";

const INPUTS = 40;
const HIDDEN = 24;
const OUTPUTS = 7;
const EXAMPLES = 32;

const METHODS: Readonly<Record<string, () => Method>> = {
  set: () => set({ every: 1 }),
  rigl: () => rigl({ every: 1 }),
  "srigl, salience of the paper": () => srigl({ every: 1, gammaSal: 0.9, salience: "paper" }),
  "srigl, salience of the code": () => srigl({ every: 1, gammaSal: 0.9, salience: "code" }),
  "srigl without ablation": () => srigl({ every: 1, ablation: false }),
};

/** Patterns of the two layers. */
const PATTERNS: Readonly<Record<string, readonly [SparseSpec, SparseSpec]>> = {
  "group-shared fan-in": [groupFanIn(5, 8), groupFanIn(9, 4, { score: "max" })],
  "single connections": [block(1, { density: 0.2 }), block(1, { density: 0.3 })],
  blocks: [block(4, { density: 0.3, score: "linf" }), block(8, { density: 0.4, score: "l2" })],
  "N:M": [nm(2, 6), nm(3, 8)],
};

/** A loss whose gradient is a given matrix of small integers, so that every sum below is exact. */
function givenGradient(dy: Resource): (output: Tensor) => Tensor {
  return (output) => {
    const { trace, columns } = output;
    const loss = trace.transient([], "activations");
    trace.emit(mean, [output, trace.step, loss], { columns });
    trace.differentiable({
      inputs: [output],
      output: loss,
      backward: () => [trace.resource(dy, output.shape)],
    });
    return loss;
  };
}

interface Rewired {
  hash: string;
  dense: number[][];
  moments: number[][];
}

const FAN_IN = [fanIn(5), fanIn(6)] as const;

/** Two rewirings of a two-layer model whose values, inputs and gradients are small integers. */
async function rewire(
  backend: Backend,
  method: Method,
  seed: number,
  [first, second]: readonly [SparseSpec, SparseSpec] = FAN_IN,
): Promise<Rewired> {
  const device = new Device(backend, "test", seed, record);
  const random = new Random({ seed, use: "noise" });
  const integers = (count: number, range: number): Float32Array =>
    Float32Array.from({ length: count }, () => random.below(2 * range + 1) - range);
  const dy = new Resource({
    label: "dy",
    type: "f32",
    length: OUTPUTS * EXAMPLES,
    category: "program",
    initial: () => integers(OUTPUTS * EXAMPLES, 2),
  });
  const model = sequential(
    linear(INPUTS, HIDDEN, { name: "a", pattern: first }),
    linear(HIDDEN, OUTPUTS, { name: "b", pattern: second }),
  );
  const optimizer = adamw({ learningRate: 0.1 });
  const loss = givenGradient(dy);
  const moments = optimizer.begin(model.parameters);
  const topology = new Topology({ device, model, moments, method, seed });
  const specs = [matrix(INPUTS, EXAMPLES), labels(EXAMPLES)];
  // Places parameters and moments on the device.
  await device.compile(specs, (x) => optimizer.update(loss(model(x)), { moments }));
  await topology.prepare(specs, ([x], context) => loss(model(x, context)));
  const weights = model.weights.flatMap(({ sparse }) => sparse === undefined ? [] : [sparse]);
  for (const weight of weights) {
    for (const resource of [weight.values, ...moments.of(weight.values)]) {
      const data = integers(resource.length, 3);
      const active = new Set<number>();
      eachConnection(weight.pattern, (at) => active.add(at));
      device.write(resource, data.map((value, at) => active.has(at) ? value : 0));
    }
  }
  const inputs = [integers(INPUTS * EXAMPLES, 2), new Uint32Array(EXAMPLES)];
  for (const step of [1, 2]) {
    await topology.maybeRewire(inputs, { step, totalSteps: 10 }, EXAMPLES);
  }
  const read = async (resource: Resource): Promise<Float32Array> =>
    Float32Array.from(await device.read(resource));
  return {
    hash: topology.hash,
    dense: await Promise.all(
      weights.map(async (w) => [...toDense(w.pattern, await read(w.values))]),
    ),
    moments: await Promise.all(
      weights.flatMap((w) => moments.of(w.values)).map(async (m) => [...await read(m)]),
    ),
  };
}

for (const [name, method] of Object.entries(METHODS)) {
  testOnDevices(`Topology rewires by ${name} as the oracle does, bit for bit,`, async (backend) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1e6 }), async (seed) => {
        const expected = await rewire(new ReferenceBackend(), method(), seed);
        assert.deepEqual(await rewire(backend, method(), seed), expected, `seed ${seed}`);
      }),
      { numRuns: 5 },
    );
  });
}

for (const [pattern, specs] of Object.entries(PATTERNS)) {
  for (const [name, method] of Object.entries(METHODS)) {
    if (name.startsWith("srigl") && specs[0].kind === "block") continue;
    testOnDevices(`Topology rewires ${pattern} by ${name} as the oracle does,`, async (backend) => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: 1e6 }), async (seed) => {
          const expected = await rewire(new ReferenceBackend(), method(), seed, specs);
          assert.deepEqual(await rewire(backend, method(), seed, specs), expected, `seed ${seed}`);
        }),
        { numRuns: 2 },
      );
    });
  }
}

Deno.test("Topology refuses a method that cannot change a pattern, before anything is trained", () => {
  const pattern = block(4, { density: 0.5 });
  const model = sequential(linear(INPUTS, HIDDEN, { name: "a", pattern }));
  const moments = adamw({ learningRate: 0.1 }).begin(model.parameters);
  const options = { model, method: srigl(), moments, seed: 1 };
  const device = new Device(new ReferenceBackend(), "test", 1, record);
  assert.throws(() => new Topology({ ...options, device }), {
    name: "RangeError",
    message: /Cannot train "a.*" by srigl: its pattern is block-4/,
  });
});
