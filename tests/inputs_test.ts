/**
 * What a program is given is checked on the host, with the same error on every device, before anything is changed.
 *
 * @module
 */
import assert from "node:assert/strict";
import { linear } from "../src/nn/mod.ts";
import { accuracy, crossEntropy } from "../src/ops/cross_entropy.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { relu } from "../src/ops/pointwise/mod.ts";
import { bceWithLogits } from "../src/ops/target_losses.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device, labels, matrix } from "../src/program/device.ts";
import type { Program } from "../src/program/program.ts";
import type { Clock, Tensor } from "../src/program/trace.ts";
import { testOnDevices } from "./devices.ts";
import { ReferenceBackend } from "./reference_backend.ts";

const CLASSES = 3;
const EXAMPLES = 5;

function referenceDevice(): Device {
  return new Device(new ReferenceBackend(), "test", 1, record);
}

async function compileStep(device: Device): Promise<Program> {
  const model = linear(2, CLASSES);
  const optimizer = sgd({ learningRate: 0.1 });
  return await device.compile([matrix(2, EXAMPLES), labels(EXAMPLES)], (x, y) => {
    const output = model(x);
    return [optimizer.update(crossEntropy(output, y)), accuracy(output, y)];
  });
}

function batch(): [Float32Array, Uint32Array] {
  return [new Float32Array(64).fill(0.5), Uint32Array.from({ length: 32 }, (_, i) => i % 3)];
}

testOnDevices("Program.run() refuses a class that the model does not have,", async (backend) => {
  const device = new Device(backend, "test", 1, record);
  using step = await compileStep(device);
  const [x, y] = batch();
  for (const [label, written] of [[3, "3"], [-1, "4294967295 \\(-1 as a signed number\\)"]]) {
    y[4] = Number(label);
    const message = new RegExp(
      `example 4 of input 1 is ${written}; expected classes of the model below 3`,
    );
    assert.throws(() => step.run([x, y]), { name: "RangeError", message });
    await assert.rejects(step.measure([x, y]), { name: "RangeError", message });
  }
  assert.equal(step.runs, 0);
  // The padding, and what was said to be padding, may hold anything.
  y.fill(99, 4);
  step.run([x, y], { step: 0, totalSteps: 1 }, 4);
  const [losses] = await step.scalars();
  assert.ok(losses.length === 1 && losses[0] > 0, `the loss is ${losses}`);
});

testOnDevices(
  "Program.run() refuses targets of bceWithLogits() outside of [0, 1],",
  async (backend) => {
    const device = new Device(backend, "test", 1, record);
    const specs = [matrix(2, EXAMPLES), matrix(2, EXAMPLES)];
    // Trusting is for finite numbers.
    for (const trustInputs of [false, true]) {
      const body = (x: Tensor, y: Tensor) => bceWithLogits(x, y);
      using loss = await device.compile(specs, body, { trustInputs });
      for (const wrong of [1.5, -0.25]) {
        const y = new Float32Array(64).fill(0.5);
        y[32 + 4] = wrong;
        assert.throws(() => loss.run([new Float32Array(64), y]), {
          name: "RangeError",
          message:
            `Cannot run the program: row 1 of example 4 of input 1 is ${wrong}; expected targets from 0 to 1`,
        });
        loss.run([new Float32Array(64), y], { step: 0, totalSteps: 1 }, 4);
      }
    }
  },
  ({ name }) => name === "wasm" || name === "webgpu",
);

Deno.test("Program.run() names a number that is not finite, in the padding too", async () => {
  using device = referenceDevice();
  using step = await compileStep(device);
  for (
    const [at, value, place] of [
      [3, NaN, "NaN at row 0 of example 3"],
      [63, Infinity, "Infinity at row 1 of example 31, which is padding"],
      [32, -Infinity, "-Infinity at row 1 of example 0"],
    ] as const
  ) {
    const [x, y] = batch();
    x[at] = value;
    const message = `Cannot run the program: input 0 is ${place}; expected finite numbers`;
    assert.throws(() => step.run([x, y]), { name: "RangeError", message });
  }
  using trusting = await device.compile([matrix(2, 32)], (x) => relu(x), { trustInputs: true });
  trusting.run([new Float32Array(64).fill(-Infinity)]);
  assert.equal((await trusting.floats(0))[0], 0);
});

Deno.test("Program.run() refuses numbers of examples and clocks that cannot be", async () => {
  using device = referenceDevice();
  using step = await compileStep(device);
  const clock: Clock = { step: 0, totalSteps: 1 };
  for (const examples of [0, -1, 1.5, NaN, 6, 33]) {
    assert.throws(() => step.run(batch(), clock, examples), {
      name: "RangeError",
      message:
        `Cannot run the program: it is given ${examples} examples; expected a whole number from 1 to 5`,
    });
  }
  const clocks: [Clock, RegExp][] = [
    [{ step: NaN, totalSteps: 1 }, /step of its clock is NaN; expected a whole number/],
    [{ step: -1, totalSteps: 1 }, /step of its clock is -1/],
    [{ step: 0.5, totalSteps: 1 }, /step of its clock is 0.5/],
    [{ step: 0, totalSteps: Infinity }, /totalSteps of its clock is Infinity/],
    [{ step: 2 ** 32, totalSteps: 1 }, /from 0 to 4294967295/],
    [{ ...clock, part: { before: 0, total: 4 } }, /its 5 examples come after 0 of an update of 4/],
    [{ ...clock, part: { before: NaN, total: 9 } }, /come after NaN of an update of 9/],
  ];
  for (const [wrong, message] of clocks) {
    assert.throws(() => step.run(batch(), wrong), { name: "RangeError", message });
  }
  assert.equal(step.runs, 0);
  step.run(batch(), { ...clock, part: { before: 0, total: 5 } });
});

Deno.test("Program.run() refuses inputs of another type or number", async () => {
  using device = referenceDevice();
  using step = await compileStep(device);
  const [x, y] = batch();
  const bits = new Uint32Array(x.buffer);
  assert.throws(() => step.run([bits, y]), {
    name: "TypeError",
    message: "Cannot run the program: input 0 is a Uint32Array; expected a Float32Array",
  });
  assert.throws(() => step.run([x, new Float32Array(32)]), {
    name: "TypeError",
    message: /input 1 is a Float32Array; expected a Uint32Array/,
  });
  assert.throws(() => step.run([x, y, y]), { name: "TypeError", message: /3 inputs; expected 2/ });
  assert.throws(() => step.run([x]), { name: "RangeError", message: /input 1 has 0 elements/ });
});

Deno.test("Device.trace() refuses a function that returns no tensors of its own", () => {
  using device = referenceDevice();
  let stranger: Tensor | undefined;
  device.trace([matrix(2, 32)], (x) => stranger = x);
  const wrong: [unknown, RegExp][] = [
    [undefined, /it returns undefined; expected tensors that it has computed/],
    [Promise.resolve(), /it returns a Promise; expected .* no promise/],
    [[1], /it returns a number/],
    [stranger, /it returns a tensor of another trace/],
  ];
  for (const [result, message] of wrong) {
    const body = (): Tensor => result as Tensor;
    assert.throws(() => device.trace([matrix(2, 32)], body), { name: "TypeError", message });
  }
});
