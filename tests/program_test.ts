import assert from "node:assert/strict";
import fc from "fast-check";
import { planSlots, Workspace } from "../src/program/plan.ts";
import { schedule } from "../src/program/schedule.ts";
import { hoistUpdates } from "../src/program/hoist.ts";
import { overlap, written } from "../src/program/effects.ts";
import { differentiate } from "../src/program/differentiate.ts";
import { Device, labels, matrix } from "../src/program/device.ts";
import { Resource } from "../src/program/resource.ts";
import { type Tensor, Trace, type TraceCall } from "../src/program/trace.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { relu } from "../src/ops/pointwise/mod.ts";
import { accumulate, add, pointwise, record } from "../src/ops/kernels/mod.ts";
import { linear, relu as reluLayer, sequential } from "../src/nn/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import { sgd } from "../src/optim/sgd.ts";
import { fanIn } from "../src/sparse/patterns/mod.ts";
import { NUMBERS } from "../src/ops/pointwise/numbers.ts";
import { ReferenceBackend } from "./reference_backend.ts";

function referenceDevice(seed = 1): Device {
  return new Device(new ReferenceBackend(), "asked for by a test", seed, record);
}

/** A chain of relus with random links back, so that lifetimes overlap in many ways. */
function randomTrace(links: readonly number[]): { trace: Trace; last: Tensor } {
  const trace = new Trace();
  const tensors = [trace.input([4, 32], "f32")];
  for (const link of links) {
    const x = tensors[tensors.length - 1 - (link % tensors.length)];
    const y = trace.activation([4 + link, 32]);
    trace.emit(pointwise, [x, y], { length: x.elements, operation: NUMBERS.relu });
    tensors.push(y);
  }
  return { trace, last: tensors[tensors.length - 1] };
}

Deno.test("planSlots() never lets two tensors that live at once share a slot", () => {
  fc.assert(fc.property(fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 30 }), (links) => {
    const { trace, last } = randomTrace(links);
    const order = schedule(trace.calls, [last]);
    const slots = planSlots(order, [last]);
    const uses = (t: Tensor): number[] =>
      order.flatMap((call, i) => call.tensors.includes(t) ? [i] : []).concat(
        t === last ? [order.length] : [],
      );
    for (const { tensors, bytes } of slots) {
      for (const [i, a] of tensors.entries()) {
        assert.ok(a.elements * 4 <= bytes);
        for (const b of tensors.slice(i + 1)) {
          const [first, second] = [uses(a), uses(b)];
          const apart = Math.max(...first) < Math.min(...second) ||
            Math.max(...second) < Math.min(...first);
          assert.ok(apart, `tensors used at ${first} and ${second} share a slot`);
        }
      }
    }
  }));
});

Deno.test("floats() reads a parameter that no kernel of the program reads", async () => {
  const device = referenceDevice();
  const layer = linear(4, 3);
  const [weight] = layer.parameters;
  using program = await device.compile([matrix(4, 32)], ({ trace }) => [
    trace.resource(weight),
    trace.resource(weight.part(4, 8)),
  ]);
  program.run([new Float32Array(4 * 32)]);
  const values = await device.readFloats(weight);
  assert.deepEqual(await program.floats(0), values);
  assert.deepEqual(await program.floats(1), values.slice(4));
  assert.equal(device.plan([program.traced]).bytes.parameters, 48);
});

Deno.test("schedule() leaves out what no output needs", () => {
  const { trace } = randomTrace([0, 0]);
  const used = trace.activation([4, 32]);
  trace.emit(pointwise, [trace.inputs[0], used], {
    length: used.elements,
    operation: NUMBERS.relu,
  });
  assert.equal(schedule(trace.calls, [used]).length, 1);
});

/** Moves each update before the calls that have nothing to do with it, one after the other. */
function walkUpdates(calls: readonly TraceCall[]): TraceCall[] {
  const ordered: TraceCall[] = [];
  const meet = (some: readonly Tensor[], others: readonly Tensor[]): boolean =>
    some.some((a) => others.some((b) => overlap(a, b)));
  for (const call of calls) {
    let place = ordered.length;
    while (
      call.kernel === accumulate && place > 0 &&
      !meet(written(ordered[place - 1]), call.tensors) &&
      !meet(ordered[place - 1].tensors, written(call))
    ) place--;
    ordered.splice(place, 0, call);
  }
  return ordered;
}

Deno.test("hoistUpdates() gives the order of a walk over all calls before each update", () => {
  const tensor = fc.record({
    root: fc.nat({ max: 5 }),
    from: fc.nat({ max: 3 }),
    whole: fc.boolean(),
  });
  const drawn = fc.record({ update: fc.boolean(), to: tensor, from: tensor, more: tensor });
  fc.assert(fc.property(fc.array(drawn, { maxLength: 60 }), (list) => {
    const trace = new Trace();
    const roots = Array.from({ length: 6 }, () => trace.activation([256]));
    const made = list.map(({ update, ...each }): TraceCall => {
      const [to, from, more] = [each.to, each.from, each.more].map(({ root, from, whole }) =>
        whole ? roots[root] : trace.part(roots[root], 64 * from, from === 1 ? 128 : 64)
      );
      return update
        ? { kernel: accumulate, tensors: [to, from, more], params: {} }
        : { kernel: pointwise, tensors: [from, to], params: {} };
    });
    const [order, expected] = [hoistUpdates(made), walkUpdates(made)].map((calls) =>
      calls.map((call) => made.indexOf(call))
    );
    assert.deepEqual(order, expected);
  }));
});

Deno.test("schedule() updates a weight right after its last reader", () => {
  const device = referenceDevice();
  const model = sequential(
    linear(8, 8, { pattern: fanIn(2) }),
    reluLayer(),
    linear(8, 8, { pattern: fanIn(2) }),
    reluLayer(),
    linear(8, 4),
  );
  const { order } = device.trace(
    [matrix(8, 32), labels(32)],
    (x, y) => sgd({ learningRate: 0.1 }).update(crossEntropy(model(x), y)),
  );
  for (const [i, call] of order.entries()) {
    if (call.kernel.name !== "sgd") continue;
    const values = call.tensors[0];
    const later = order.slice(i + 1).filter((c) => c.tensors.includes(values));
    assert.deepEqual(
      later.map((c) => c.kernel.name),
      [],
      "nothing reads a weight behind its update",
    );
  }
  const names = order.map((call) => call.kernel.name);
  assert.ok(
    names.indexOf("sgd") < names.lastIndexOf("sddmm"),
    "the last layer is updated before the first's gradient",
  );
});

Deno.test("linear() takes a relu into its kernels, forward and backward", () => {
  const device = referenceDevice();
  const model = sequential(linear(8, 8), reluLayer(), linear(8, 4), reluLayer(), linear(4, 4));
  const { kernels } = device.plan([
    device.trace(
      [matrix(8, 32), labels(32)],
      (x, y) => sgd({ learningRate: 1 }).update(crossEntropy(model(x), y)),
    ),
  ]);
  assert.equal(kernels.pointwise, undefined);
  assert.equal(kernels.pointwise_gradient, undefined);
});

Deno.test("plan() equals what the allocator counts, for several programs on one device", async () => {
  const device = referenceDevice();
  const model = sequential(linear(20, 12, { pattern: fanIn(3) }), reluLayer(), linear(12, 5));
  const optimizer = adamw({ learningRate: 1e-3, clipNorm: 1 });
  const specs = [matrix(20, 33), labels(33)];
  const train = device.trace(specs, (x, y) => optimizer.update(crossEntropy(model(x), y)));
  const test = device.trace(specs, (x, y) => crossEntropy(model(x), y));
  const planned = device.plan([train, test]).bytes.total;
  await device.prepare(train);
  await device.prepare(test);
  assert.equal(device.allocatedBytes, planned);
});

Deno.test("Program.dispose() gives its own memory back", async () => {
  const device = referenceDevice();
  const model = linear(4, 4);
  const compile = () =>
    device.compile([matrix(4, 32), labels(32)], (x, y) => crossEntropy(model(x), y));
  (await compile()).dispose();
  const before = device.allocatedBytes;
  (await compile()).dispose();
  assert.equal(device.allocatedBytes, before);
});

Deno.test("Workspace gives a later program the buffers of an earlier one", () => {
  let taken = 0;
  const workspace = new Workspace((bytes) => {
    taken += bytes;
    return { bytes };
  });
  const slot = (bytes: number) => ({ category: "activations" as const, bytes, tensors: [] });
  workspace.assign([slot(100), slot(50)]);
  workspace.assign([slot(40), slot(100)]);
  assert.equal(taken, 150);
});

Deno.test("differentiate() refuses what has no gradient", () => {
  const trace = new Trace();
  const x = trace.input([2, 32], "f32");
  assert.throws(() => differentiate(x, add), /Cannot differentiate a tensor of shape \[2,32\]/);
  const loss = crossEntropy(x, trace.input([1, 32], "u32"));
  assert.throws(() => differentiate(loss, add), /depends on no parameter/);
});

Deno.test("Trace.emit() refuses a tensor of another trace", () => {
  const stranger = new Trace().input([2, 32], "f32");
  const trace = new Trace();
  assert.throws(
    () =>
      trace.emit(pointwise, [stranger, trace.activation([2, 32])], {
        length: 64,
        operation: NUMBERS.relu,
      }),
    /belongs to another trace/,
  );
});

Deno.test("Program.run() names an input of the wrong length", async () => {
  const device = referenceDevice();
  const program = await device.compile([matrix(2, 5)], (x) => relu(x));
  assert.throws(() => program.run([new Float32Array(10)]), /input 0 has 10 elements; expected 64/);
});

Deno.test("Program.run() runs a program that only computes an output", async () => {
  using device = referenceDevice();
  const layer = linear(4, 3);
  using program = await device.compile([matrix(4, 32)], (x) => layer(x));
  const weight = Float32Array.from({ length: 12 }, (_, i) => i - 5);
  device.write(layer.weights[0].values, weight);
  program.run([new Float32Array(4 * 32).fill(1)]);
  const expected = [0, 1, 2].flatMap((row) => {
    const sum = weight.subarray(4 * row, 4 * row + 4).reduce((a, b) => a + b);
    return Array.from({ length: 32 }, () => sum);
  });
  assert.deepEqual([...await program.floats(0)], expected);
});

Deno.test("Program.scalars() gives every run once, in order", async () => {
  const device = referenceDevice();
  const model = linear(3, 3);
  const step = await device.compile(
    [matrix(3, 4), labels(4)],
    (x, y) => sgd({ learningRate: 0.5 }).update(crossEntropy(model(x), y)),
  );
  const inputs = [new Float32Array(96).fill(0.5), new Uint32Array(32)];
  for (let i = 0; i < 3; i++) step.run(inputs, { step: i, totalSteps: 5 });
  const [first] = await step.scalars();
  step.run(inputs, { step: 3, totalSteps: 5 });
  const [second] = await step.scalars();
  assert.equal(first.length, 3);
  assert.equal(second.length, 1);
  assert.ok(first[0] > first[1] && first[1] > first[2] && first[2] > second[0], "the loss falls");
});

Deno.test("Resource.initial() refuses content of another length", async () => {
  const resource = new Resource({
    label: "w",
    type: "f32",
    length: 3,
    category: "parameters",
    initial: () => new Float32Array(4),
  });
  await assert.rejects(
    resource.initial({ seed: 0, stream: 0 }),
    /Cannot initialise "w": got 4 elements; expected 3/,
  );
});
