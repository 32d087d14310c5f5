/**
 * What optimizers share: the norm of the gradient, clipping, sums over batches, and what decays.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Backend } from "../src/device/backend.ts";
import { Random } from "../src/device/random.ts";
import { mlp } from "../src/models/mlp.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { sgd as sgdKernel } from "../src/ops/kernels/sgd.ts";
import { adamw } from "../src/optim/adamw.ts";
import { gradientsOf } from "../src/optim/gradients.ts";
import { GradientSums } from "../src/optim/gradient_sums.ts";
import { makeOptimizer, type Optimizer, type UpdateRule } from "../src/optim/optimizer.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device, labels, matrix } from "../src/program/device.ts";
import type { Resource } from "../src/program/resource.ts";
import { Trainer } from "../src/train/trainer.ts";
import { seeds } from "./arbitraries.ts";
import { testOnDevices } from "./devices.ts";
import { ReferenceBackend } from "./reference_backend.ts";

const INPUTS = 12;
const CLASSES = 5;

/** Feature-major examples from `first` on, in padded columns. */
function batchOf(seed: number, first: number, examples: number, columns: number) {
  const features = new Float32Array(INPUTS * columns);
  const targets = new Uint32Array(columns);
  for (let column = 0; column < examples; column++) {
    const random = new Random({ seed, use: "noise", stream: first + column });
    const values = random.normals(INPUTS, 1);
    for (let i = 0; i < INPUTS; i++) features[i * columns + column] = values[i];
    targets[column] = random.below(CLASSES);
  }
  return [features, targets];
}

function modelOf() {
  return mlp({ sizes: [INPUTS, 16, CLASSES], sparsity: 0.5, distribution: "uniform" });
}

/** Weights, losses and norms after updates over batches of the given sizes. */
async function train(
  backend: Backend,
  seed: number,
  optimizer: Optimizer,
  updates: readonly (readonly number[])[],
) {
  const device = new Device(backend, "test", seed, record);
  const model = modelOf();
  const largest = Math.max(...updates.flat());
  const columns = 32 * Math.ceil(largest / 32);
  const specs = [matrix(INPUTS, largest), labels(largest)];
  const sums = new GradientSums();
  const add = await device.compile(specs, (x, y) => sums.add(crossEntropy(model(x), y)));
  const accumulates = updates.some((sizes) => sizes.length > 1);
  const last = await device.compile(specs, (x, y) => {
    const given = accumulates ? { sums } : {};
    const { loss, gradientNorm } = optimizer.measuredUpdate(crossEntropy(model(x), y), given);
    return [loss, gradientNorm];
  });
  let first = 0;
  updates.forEach((sizes, step) => {
    const total = sizes.reduce((sum, n) => sum + n, 0);
    let before = 0;
    sizes.forEach((size, i) => {
      const clock = { step, totalSteps: updates.length, part: { before, total } };
      const program = i + 1 < sizes.length ? add : last;
      program.run(batchOf(seed, first, size, columns), clock, size);
      before += size;
      first += size;
    });
  });
  const [losses, norms] = await last.scalars();
  const weights: Float32Array[] = [];
  for (const parameter of model.parameters) weights.push(await device.readFloats(parameter));
  return { losses, norms, weights };
}

function close(found: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  assert.equal(found.length, expected.length, what);
  for (let i = 0; i < found.length; i++) {
    const tolerance = 2e-5 * Math.max(1, Math.abs(expected[i]));
    assert.ok(
      Math.abs(found[i] - expected[i]) <= tolerance,
      `${what}[${i}]: ${found[i]}, ${expected[i]}`,
    );
  }
}

// Adam divides a gradient by its root mean square, which makes much of rounding where it is tiny: sgd compares better.
const OPTIMIZERS: Readonly<Record<string, () => Optimizer>> = {
  sgd: () => sgd({ learningRate: 0.1, weightDecay: 0.01 }),
  "sgd with momentum, clipped": () => sgd({ learningRate: 0.1, momentum: 0.9, clipNorm: 0.3 }),
};

for (const [name, make] of Object.entries(OPTIMIZERS)) {
  testOnDevices(
    `GradientSums makes an update by ${name} that of one large batch`,
    async (backend) => {
      await fc.assert(
        fc.asyncProperty(
          seeds(),
          fc.array(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 }), {
            minLength: 1,
            maxLength: 4,
          }),
          async (seed, updates) => {
            const parts = await train(backend, seed, make(), updates);
            const whole = await train(
              backend,
              seed,
              make(),
              updates.map((sizes) => [sizes.reduce((sum, n) => sum + n, 0)]),
            );
            const note = `seed ${seed}, batches ${JSON.stringify(updates)}: `;
            close(parts.losses, whole.losses, `${note}losses`);
            close(parts.norms, whole.norms, `${note}norms`);
            whole.weights.forEach((w, i) => close(parts.weights[i], w, `${note}weights ${i}`));
          },
        ),
        { numRuns: 10 },
      );
    },
  );
}

testOnDevices(
  "measuredUpdate() gives the norm before clipping, and clips to it",
  async (backend) => {
    await fc.assert(
      fc.asyncProperty(seeds(), async (seed) => {
        const device = new Device(backend, "test", seed, record);
        const model = modelOf();
        const specs = [matrix(INPUTS, 32), labels(32)];
        const gradients = await device.compile(specs, (x, y) => [
          ...gradientsOf(crossEntropy(model(x), y)).of.values(),
        ]);
        const batch = batchOf(seed, 0, 32, 32);
        gradients.run(batch);
        let squares = 0;
        for (const i of gradients.traced.outputs.keys()) {
          for (const g of await gradients.floats(i)) squares += g * g;
        }
        const norm = Math.sqrt(squares);
        for (const clipNorm of [undefined, norm / 3, 10 * norm]) {
          const rate = 1e-3;
          const options = clipNorm === undefined ? {} : { clipNorm };
          const optimizer = sgd({ learningRate: rate, ...options });
          const before: Float32Array[] = [];
          for (const parameter of model.parameters) before.push(await device.readFloats(parameter));
          const program = await device.compile(specs, (x, y) => {
            const update = optimizer.measuredUpdate(crossEntropy(model(x), y));
            return [update.loss, update.gradientNorm];
          });
          program.run(batch);
          const [, [found]] = await program.scalars();
          assert.ok(Math.abs(found - norm) < 1e-5 * norm, `seed ${seed}: ${found}, ${norm}`);
          let moved = 0;
          for (const [i, parameter] of model.parameters.entries()) {
            const after = await device.readFloats(parameter);
            after.forEach((w, j) => moved += (w - before[i][j]) ** 2);
            device.write(parameter, before[i]);
          }
          const expected = rate * Math.min(norm, clipNorm ?? Infinity);
          // Weights of about 1 in steps of 2^-24 move by 1e-3 times their gradient.
          assert.ok(Math.abs(Math.sqrt(moved) - expected) < 0.01 * expected, `seed ${seed}`);
        }
      }),
      { numRuns: 3 },
    );
  },
);

testOnDevices(
  "sgd() takes as much less of the rate as a step is shorter, where that is asked for",
  async (backend) => {
    const moved = async (optimizer: Optimizer, share?: number) => {
      const device = new Device(backend, "test", 7, record);
      const model = modelOf();
      const program = await device.compile(
        [matrix(INPUTS, 32), labels(32)],
        (x, y) => optimizer.update(crossEntropy(model(x), y)),
      );
      const clock = { step: 0, totalSteps: 9, ...(share === undefined ? {} : { share }) };
      program.run(batchOf(7, 0, 32, 32), clock, 8);
      const weights: Float32Array[] = [];
      for (const parameter of model.parameters) weights.push(await device.readFloats(parameter));
      return weights;
    };
    const rates = { learningRate: 0.5, weightDecay: 0.25 };
    for (const momentum of [0, 0.5]) {
      const full = sgd({ ...rates, momentum });
      const scaled = sgd({ ...rates, momentum, shortSteps: "scaled" });
      const quarter = sgd({ ...rates, momentum, learningRate: 0.125 });
      assert.deepEqual(await moved(scaled, 0.25), await moved(quarter));
      assert.deepEqual(await moved(scaled), await moved(full));
      assert.deepEqual(await moved(full, 0.25), await moved(full));
    }
  },
);

Deno.test("a Trainer tells every step what share of the examples of others it has", async () => {
  const examples = 70, batchSize = 16;
  const data = {
    ...{ examples, inputs: INPUTS, classes: CLASSES },
    features: Float32Array.from({ length: examples * INPUTS }, (_, i) => Math.sin(i)),
    labels: Uint8Array.from({ length: examples }, (_, i) => i % CLASSES),
  };
  const sharesOf = async (options: { batchSize: number; accumulate?: number }) => {
    const shares: number[] = [];
    const rule: UpdateRule = {
      moments: [],
      writeStep: (_, { share }) => void shares.push(share ?? NaN),
      update: ({ gradient, values, factor, step }) =>
        values.trace.emit(sgdKernel, [values, gradient, factor, step], {
          ...{ length: values.elements, weightDecay: 0 },
        }),
    };
    const noting = makeOptimizer({
      ...{ name: "noting", options: { learningRate: 0.1 }, rule: () => rule },
    });
    using device = new Device(new ReferenceBackend(), "test", 1, record);
    const trainer = new Trainer({ device, model: modelOf(), optimizer: noting });
    for await (const _event of trainer.fit(data, { epochs: 2, ...options })) continue;
    return shares;
  };
  const short = 6 / 16;
  assert.deepEqual(await sharesOf({ batchSize }), [1, 1, 1, 1, short, 1, 1, 1, 1, short]);
  assert.deepEqual(await sharesOf({ batchSize, accumulate: 3 }), [1, 22 / 48, 1, 22 / 48]);
  // There are no others.
  assert.deepEqual(await sharesOf({ batchSize: 512 }), [1, 1]);
});

Deno.test("update() computes no norm that nobody asks for", () => {
  const device = new Device(new ReferenceBackend(), "test", 1, record);
  const model = modelOf();
  const specs = [matrix(INPUTS, 32), labels(32)];
  const kernels = (clip: { clipNorm?: number }) => {
    const optimizer = adamw({ learningRate: 1e-3, ...clip });
    const traced = device.trace(specs, (x, y) => optimizer.update(crossEntropy(model(x), y)));
    return device.plan([traced]).kernels;
  };
  assert.equal(kernels({}).square_sum, undefined);
  assert.equal(kernels({ clipNorm: 1 }).square_sum, model.parameters.length);
});

Deno.test("measuredUpdate() keeps no gradient for the norm that its update does not need", () => {
  const device = new Device(new ReferenceBackend(), "test", 1, record);
  const model = modelOf();
  const specs = [matrix(INPUTS, 32), labels(32)];
  const bytes = (measured: boolean) => {
    const optimizer = sgd({ learningRate: 0.1 });
    const traced = device.trace(specs, (x, y) => {
      const { loss, gradientNorm } = optimizer.measuredUpdate(crossEntropy(model(x), y));
      return measured ? [loss, gradientNorm] : [loss];
    });
    return device.plan([traced]).bytes.gradients;
  };
  // One sum of squares per parameter, a factor and a norm.
  assert.ok(bytes(true) <= bytes(false) + 4 * (model.parameters.length + 2) + 64, `${bytes(true)}`);
});

for (const decayAll of [false, true]) {
  Deno.test(`weightDecay applies to ${decayAll ? "everything" : "weights"} under decayAll: ${decayAll}`, async () => {
    for (const make of [sgd, adamw]) {
      const device = new Device(new ReferenceBackend(), "test", 1, record);
      const model = modelOf();
      const specs = [matrix(INPUTS, 32), labels(32)];
      const values = async (): Promise<Float32Array[]> =>
        await Promise.all(model.parameters.map((parameter) => device.readFloats(parameter)));
      const after = async (weightDecay: number): Promise<Float32Array[]> => {
        const optimizer = make({ learningRate: 0.5, weightDecay, decayAll });
        const program = await device.compile(
          specs,
          (x, y) => optimizer.update(crossEntropy(model(x), y)),
        );
        for (const parameter of model.parameters) {
          device.write(parameter, new Float32Array(parameter.length).fill(0.5));
        }
        program.run(batchOf(1, 0, 32, 32));
        return await values();
      };
      const plain = await after(0);
      const decayed = await after(0.25);
      model.parameters.forEach((parameter, i) => {
        const factor = parameter.decay || decayAll ? 0.5 * 0.25 * 0.5 : 0;
        decayed[i].forEach((w, j) => {
          assert.ok(Math.abs(plain[i][j] - factor - w) < 1e-6, `${make.name} ${parameter.label}`);
        });
      });
    }
  });
}

testOnDevices("adamw() with beta2 = 0.9999 stays with float64 over 100 steps", async (backend) => {
  const seed = 1;
  const [learningRate, beta1, beta2, epsilon] = [0.01, 0.9, 0.9999, 1e-8];
  const device = new Device(backend, "test", seed, record);
  const model = modelOf();
  const specs = [matrix(INPUTS, 32), labels(32)];
  let order: readonly Resource[] = [];
  const gradients = await device.compile(specs, (x, y) => {
    const { of: found } = gradientsOf(crossEntropy(model(x), y));
    order = [...found.keys()];
    return [...found.values()];
  });
  const optimizer = adamw({ learningRate, beta1, beta2, epsilon });
  const update = await device.compile(specs, (x, y) => optimizer.update(crossEntropy(model(x), y)));
  const read = () => Promise.all(order.map((p) => device.readFloats(p)));
  const weights = (await read()).map((w) => Float64Array.from(w));
  const [first, second] = [0, 1].map(() => weights.map((w) => new Float64Array(w.length)));
  for (let step = 0; step < 100; step++) {
    const batch = batchOf(seed, 32 * step, 32, 32);
    gradients.run(batch);
    // The same gradients as the device's, so that nothing but the updates is compared.
    for (const [p, w] of weights.entries()) {
      const g = await gradients.floats(p);
      for (let i = 0; i < w.length; i++) {
        first[p][i] = beta1 * first[p][i] + (1 - beta1) * g[i];
        second[p][i] = beta2 * second[p][i] + (1 - beta2) * g[i] ** 2;
        const mean = first[p][i] / (1 - beta1 ** (step + 1));
        const root = Math.sqrt(second[p][i] / (1 - beta2 ** (step + 1)));
        w[i] -= learningRate * mean / (root + epsilon);
      }
    }
    update.run(batch, { step, totalSteps: 100 });
  }
  // An update is about a rate; 20 roundings of each, 100 times, and the weight's own stay below a hundredth of that of
  // a float32 1 - beta2, which is 1.4e-3.
  for (const [p, w] of (await read()).entries()) {
    w.forEach((value, i) => {
      assert.ok(Math.abs(value - weights[p][i]) < 1e-5, `${p}[${i}]: ${value}, ${weights[p][i]}`);
    });
  }
});
