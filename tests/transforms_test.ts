/**
 * Between the gradients and the update: transforms, those of a program's own among them, and an exchange between machines.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Backend } from "../src/device/backend.ts";
import { Random } from "../src/device/random.ts";
import { mlp } from "../src/models/mlp.ts";
import type { Module } from "../src/nn/module.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { add, record } from "../src/ops/kernels/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import { GradientSums } from "../src/optim/gradient_sums.ts";
import { gradientsOf, type Transform } from "../src/optim/gradients.ts";
import type { Optimizer } from "../src/optim/optimizer.ts";
import { sgd } from "../src/optim/sgd.ts";
import { clipByNorm, weightDecay } from "../src/optim/transforms.ts";
import { Device, labels, matrix } from "../src/program/device.ts";
import { testOnDevices } from "./devices.ts";
import { ReferenceBackend } from "./reference_backend.ts";

const INPUTS = 12;
const CLASSES = 5;
const SPECS = [matrix(INPUTS, 32), labels(32)];
const SEED = 4;

function batchOf(stream: number): [Float32Array, Uint32Array] {
  const random = new Random({ seed: SEED, use: "noise", stream });
  return [random.normals(INPUTS * 32, 1), Uint32Array.from({ length: 32 }, () => random.below(5))];
}

function modelOf(): Module {
  return mlp({ sizes: [INPUTS, 16, CLASSES], sparsity: 0.5, distribution: "uniform" });
}

function deviceOn(backend: Backend): Device {
  return new Device(backend, "test", SEED, record);
}

async function valuesOf(device: Device, model: Module): Promise<Float32Array[]> {
  return await Promise.all(model.parameters.map((parameter) => device.readFloats(parameter)));
}

/** Weights after five updates, recorded by `body`. */
async function trained(
  backend: Backend,
  body: (model: Module) => Parameters<Device["compile"]>[1],
): Promise<Float32Array[]> {
  const device = deviceOn(backend);
  const model = modelOf();
  const program = await device.compile(SPECS, body(model));
  for (let step = 0; step < 5; step++) program.run(batchOf(step), { step, totalSteps: 5 });
  return await valuesOf(device, model);
}

testOnDevices(
  "update() is gradientsOf(), transform() and apply(), bit for bit,",
  async (backend) => {
    const options = { learningRate: 0.1, weightDecay: 0.01, momentum: 0.9, clipNorm: 0.3 };
    const optimizer = sgd(options);
    const short = await trained(
      backend,
      (model) => (x, y) => optimizer.update(crossEntropy(model(x), y)),
    );
    const long = await trained(backend, (model) => (x, y) => {
      const gradients = optimizer.transform(gradientsOf(crossEntropy(model(x), y)));
      optimizer.apply(gradients, optimizer.begin(model.parameters));
      return gradients.loss;
    });
    assert.deepEqual(long, short);
    const { clipNorm: _, weightDecay: __, ...plain } = options;
    const bare = sgd(plain);
    const own = await trained(backend, (model) => (x, y) => {
      const gradients = weightDecay(0.01)(clipByNorm(0.3)(gradientsOf(crossEntropy(model(x), y))));
      bare.apply(gradients, bare.begin(model.parameters));
      return gradients.loss;
    });
    assert.deepEqual(own, short);
  },
);

/** A transform of one's own: twice the gradients. */
const doubled: Transform = (gradients) => {
  const { trace } = gradients.loss;
  const of = new Map([...gradients.of].map(([parameter, gradient]) => {
    const twice = trace.transient(gradient.shape, "gradients");
    trace.emit(add, [gradient, gradient, twice], { length: gradient.elements });
    return [parameter, twice];
  }));
  return { ...gradients, of };
};

/** A transform of one's own: the first layer stays as it is. */
const frozen: Transform = (gradients) => ({
  ...gradients,
  of: new Map([...gradients.of].filter(([{ label }]) => !label.startsWith("layer0."))),
});

testOnDevices("transforms of one's own come before the norm and the update", async (backend) => {
  const by = (optimizer: Optimizer) =>
    trained(backend, (model) => (x, y) => optimizer.update(crossEntropy(model(x), y)));
  // A product with a power of 2 rounds nothing.
  assert.deepEqual(
    await by(sgd({ learningRate: 0.125, transforms: [doubled] })),
    await by(sgd({ learningRate: 0.25 })),
  );
  const clipped = { learningRate: 0.125, clipNorm: 1e-3 };
  const norms = await Promise.all([[], [doubled]].map(async (transforms) => {
    const model = modelOf();
    const optimizer = sgd({ ...clipped, transforms });
    const program = await deviceOn(backend).compile(
      SPECS,
      (x, y) => optimizer.measuredUpdate(crossEntropy(model(x), y)).gradientNorm,
    );
    program.run(batchOf(0));
    return (await program.scalars())[0][0];
  }));
  assert.equal(norms[1], 2 * norms[0], "the norm is that of what the transforms gave");

  const device = deviceOn(backend);
  const model = modelOf();
  await device.place(model.parameters);
  const before = await valuesOf(device, model);
  const after = await by(sgd({ learningRate: 0.1, momentum: 0.9, transforms: [frozen] }));
  model.parameters.forEach(({ label }, i) => {
    const same = label.startsWith("layer0.");
    assert.equal(before[i].every((w, j) => w === after[i][j]), same, label);
  });
});

testOnDevices(
  "An exchange between the halves of a step makes two machines one",
  async (backend) => {
    const optimizer = adamw({ learningRate: 0.01, clipNorm: 0.5 });
    // Each machine has half of every batch.
    const machines = await Promise.all([0, 1].map(async () => {
      const device = deviceOn(backend);
      const model = modelOf();
      const sums = new GradientSums();
      const moments = optimizer.begin(model.parameters);
      const half = [matrix(INPUTS, 16), labels(16)];
      const first = await device.compile(half, (x, y) => sums.add(crossEntropy(model(x), y)));
      const second = await device.compile([matrix(1, 1)], ({ trace }) => {
        const gradients = optimizer.transform(sums.held(trace));
        optimizer.apply(gradients, moments);
        return gradients.norm;
      });
      return { device, model, sums, first, second };
    }));
    const together = deviceOn(backend);
    const model = modelOf();
    const whole = await together.compile(SPECS, (x, y) => {
      const { gradientNorm } = optimizer.measuredUpdate(crossEntropy(model(x), y));
      return gradientNorm;
    });
    for (let step = 0; step < 5; step++) {
      const [features, targets] = batchOf(step);
      const clock = { step, totalSteps: 5 };
      whole.run([features, targets], clock);
      machines.forEach(({ first }, machine) => {
        const mine = new Float32Array(INPUTS * 32);
        const theirs = new Uint32Array(32);
        for (let i = 0; i < INPUTS; i++) {
          mine.set(features.subarray(32 * i + 16 * machine, 32 * i + 16 * (machine + 1)), 32 * i);
        }
        theirs.set(targets.subarray(16 * machine, 16 * (machine + 1)));
        first.run([mine, theirs], { ...clock, part: { before: 0, total: 16 } });
      });
      for (const i of model.parameters.keys()) {
        const all = await Promise.all(
          machines.map(({ device, model, sums }) =>
            device.readFloats(sums.of(model.parameters[i]))
          ),
        );
        const mean = all[0].map((g, j) => (g + all[1][j]) / 2);
        for (const { device, model, sums } of machines) {
          device.write(sums.of(model.parameters[i]), mean);
        }
      }
      for (const { second } of machines) second.run([new Float32Array(32)], clock);
    }
    const [norms] = await whole.scalars();
    const expected = await valuesOf(together, model);
    for (const { device, model, second } of machines) {
      const [found] = await second.scalars();
      found.forEach((norm, i) =>
        assert.ok(Math.abs(norm - norms[i]) < 1e-5, `${norm}, ${norms[i]}`)
      );
      for (const [i, w] of (await valuesOf(device, model)).entries()) {
        // Five steps of about a rate each; Adam makes much of the rounding of small gradients.
        w.forEach((value, j) => assert.ok(Math.abs(value - expected[i][j]) < 1e-3));
      }
    }
    const [one, other] = await Promise.all(
      machines.map(({ device, model }) => valuesOf(device, model)),
    );
    assert.deepEqual(one, other, "the machines have the same weights, bit for bit");
  },
);

Deno.test("Gradients are clipped once, and applied with the moments of their optimizer", () => {
  const device = deviceOn(new ReferenceBackend());
  const model = modelOf();
  const optimizer = adamw({ learningRate: 0.1, clipNorm: 1 });
  const record = (body: (gradients: ReturnType<typeof gradientsOf>) => void): void => {
    device.trace(SPECS, (x, y) => {
      const gradients = gradientsOf(crossEntropy(model(x), y));
      body(gradients);
      return gradients.loss;
    });
  };
  assert.throws(() => record((g) => optimizer.transform(clipByNorm(1)(g))), {
    name: "TypeError",
    message: /Cannot measure the norm of the gradients: they have been clipped/,
  });
  const other = sgd({ learningRate: 0.1, momentum: 0.9 }).begin(model.parameters);
  assert.throws(() => record((g) => optimizer.apply(g, other)), {
    name: "TypeError",
    message: /Cannot update ".*" by adamw: its moments are of another optimizer; expected those/,
  });
  assert.throws(() => record(({ loss }) => new GradientSums().held(loss.trace)), {
    name: "ReferenceError",
    message: /nothing adds to them/,
  });
});
