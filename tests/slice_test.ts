import assert from "node:assert/strict";
import fc from "fast-check";
import { add } from "../src/ops/add.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { linear } from "../src/ops/linear.ts";
import type { DenseMatrix } from "../src/ops/matrix.ts";
import { relu } from "../src/ops/pointwise/mod.ts";
import { concat, slice } from "../src/ops/slice.ts";
import { mse } from "../src/ops/target_losses.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device, labels, matrix } from "../src/program/device.ts";
import { Resource } from "../src/program/resource.ts";
import type { Tensor } from "../src/program/trace.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { seeds, Source } from "./arbitraries.ts";
import { testOnDevices } from "./devices.ts";
import { checkOperation } from "./operation_gradients.ts";
import { ReferenceBackend } from "./reference_backend.ts";

function referenceDevice(): Device {
  return new Device(new ReferenceBackend(), "test", 1, record);
}

function weight(label: string, values: Float32Array): Resource {
  return new Resource({
    ...{ label, type: "f32", length: values.length, category: "parameters" },
    ...{ trainable: true, initial: () => values },
  });
}

testOnDevices("slice() and concat() give rows where they were", async (backend) => {
  const device = new Device(backend, "test", 1, record);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
      fc.constantFrom(32, 64),
      seeds(),
      async (rows, examples, seed) => {
        const all = rows.reduce((sum, n) => sum + n, 0);
        using program = await device.compile([matrix(all, examples)], (x) => {
          let begin = all;
          // From the last to the first, through a kernel each.
          return concat(rows.map((count) => relu(slice(x, begin -= count, count))));
        });
        const x = new Source(seed).floats(all * examples);
        program.run([x]);
        const y = await program.floats(0);
        let begin = all, at = 0;
        for (const count of rows) {
          begin -= count;
          for (let i = 0; i < count * examples; i++, at++) {
            assert.equal(y[at], Math.max(0, x[begin * examples + i]), `${at} (seed ${seed})`);
          }
        }
      },
    ),
    { numRuns: 20 },
  );
});

Deno.test("slice() and concat() copy nothing where parts can be bound", () => {
  const device = referenceDevice();
  const traced = device.trace([matrix(8, 32)], (x) => {
    const [a, b] = [slice(x, 0, 3), slice(x, 3, 5)];
    return concat([relu(b), concat([relu(a), relu(relu(a))])]);
  });
  assert.deepEqual(device.plan([traced]).kernels, { pointwise: 4 });
  // The result, and the one relu between.
  assert.equal(traced.slots.reduce((sum, { bytes }) => sum + bytes, 0), (11 + 3) * 32 * 4);
});

Deno.test("concat() copies what lies elsewhere, is read by what is written beside it, or begins nowhere", () => {
  const device = referenceDevice();
  const kernelsOf = (body: (x: Tensor) => Tensor | Tensor[]) =>
    device.plan([device.trace([matrix(4, 32)], body)]).kernels;
  // An input.
  assert.deepEqual(kernelsOf((x) => concat([x, relu(x)])), { pointwise: 1, copy: 1 });
  // WebGPU takes no buffer that a call reads and writes.
  assert.deepEqual(
    kernelsOf((x) => {
      const y = relu(x);
      return concat([y, add(y, x)]);
    }),
    { pointwise: 1, add: 1, copy: 1 },
  );
  // Twice the same.
  assert.deepEqual(
    kernelsOf((x) => {
      const y = relu(x);
      return concat([y, y]);
    }),
    { pointwise: 1, copy: 2 },
  );
  // An output of its own.
  assert.deepEqual(
    kernelsOf((x) => {
      const y = relu(x);
      return [y, concat([y, relu(y)])];
    }),
    { pointwise: 2, copy: 1 },
  );
});

Deno.test("a product of which a slice is read keeps its result for it", () => {
  const device = referenceDevice();
  const values = weight("w", new Float32Array(64));
  const { order } = device.trace([matrix(8, 32)], (x) => {
    const y = linear(x, { kind: "dense", rows: 8, inputs: 8, values });
    return [relu(y), relu(slice(y, 0, 4))];
  });
  assert.deepEqual(order.map(({ kernel }) => kernel.name), ["gemm", "pointwise", "pointwise"]);
});

Deno.test("slice() and concat() refuse what does not fit", () => {
  const device = referenceDevice();
  const tracing = (body: (x: Tensor, y: Tensor) => Tensor) => () =>
    device.trace([matrix(4, 32), labels(32)], body);
  for (const [begin, count] of [[-1, 2], [0, 0], [3, 2], [0.5, 1], [0, NaN]]) {
    assert.throws(tracing((x) => slice(x, begin, count)), /Cannot take .* rows of x \[4,32\]/);
  }
  assert.throws(tracing(() => concat([])), /Cannot put no tensors together/);
  assert.throws(tracing((x, y) => concat([x, y])), /Cannot put u32 \[1,32\] behind \[4,32\]/);
});

for (
  const [name, operation] of Object.entries({
    "slices that make up the whole": (x: Tensor, y: Tensor) =>
      add(linearLike(slice(x, 0, 2)), linearLike(slice(y, 1, 2))),
    "a slice alone": (x: Tensor) => relu(slice(x, 1, 1)),
    "slices that overlap, beside the whole": (x: Tensor) =>
      concat([relu(slice(x, 0, 2)), slice(x, 1, 2), x, slice(x, 1, 1)]),
    "a concatenation of slices, sliced": (x: Tensor, y: Tensor) =>
      slice(concat([slice(y, 2, 1), relu(x), slice(x, 0, 2)]), 1, 4),
    "images": (x: Tensor) => concat([slice(x, 2, 1), relu(slice(x, 0, 2))]),
  })
) {
  Deno.test(`slice() and concat() have the gradients of ${name}`, async () => {
    const own = name === "images" ? [3, 2, 2] : [3];
    await checkOperation(operation, Array.from({ length: operation.length }, () => own), 11);
  });
}

function linearLike(x: Tensor): Tensor {
  return relu(add(x, x));
}

const INPUTS = 16;
const LABELS = 128;
const CHUNK = 32;

/** A linear layer of many rows with a loss and an update of its own for each chunk of them, up to `end`. */
function head(chunk: number, end = LABELS) {
  const all = weight("head", new Source(3).floats(LABELS * INPUTS));
  // The mean over a quarter of the outputs has four times the gradient: powers of two change no bits.
  const optimizer = sgd({ learningRate: 0.5 * chunk / LABELS, momentum: 0.9 });
  const moments = optimizer.begin([all]);
  const body = (x: Tensor, target: Tensor): Tensor[] => {
    const losses: Tensor[] = [];
    for (let row = 0; row < end; row += chunk) {
      const values = all.part(row * INPUTS, chunk * INPUTS);
      const rows: DenseMatrix = { kind: "dense", rows: chunk, inputs: INPUTS, values };
      const loss = mse(linear(x, rows), slice(target, row, chunk));
      losses.push(optimizer.update(loss, { moments }));
    }
    return losses;
  };
  return { all, moments, body };
}

testOnDevices(
  "chunks of rows are computed and updated to the bits of the whole",
  async (backend) => {
    const device = new Device(backend, "test", 1, record);
    const results: Uint32Array[] = [];
    const source = new Source(5);
    const inputs = [source.floats(INPUTS * 32), source.floats(LABELS * 32)];
    for (const chunk of [LABELS, CHUNK]) {
      const { all, moments, body } = head(chunk);
      using step = await device.compile([matrix(INPUTS, 32), matrix(LABELS, 32)], body);
      for (let i = 0; i < 3; i++) step.run(inputs);
      const values = await device.readFloats(all);
      results.push(bitsOf(values));
      // A part is read and written in its place.
      const last = all.part((LABELS - CHUNK) * INPUTS, CHUNK * INPUTS);
      const ofLast = await device.readFloats(last);
      assert.deepEqual(ofLast, values.slice(-CHUNK * INPUTS));
      device.write(last, ofLast.fill(2));
      assert.equal((await device.readFloats(all)).indexOf(2), (LABELS - CHUNK) * INPUTS);
      step.dispose();
      for (const resource of [all, ...moments.of(all)]) device.free(resource);
    }
    assert.deepEqual(results[1], results[0]);
  },
);

testOnDevices("a product of chunks has the bits of the whole", async (backend) => {
  const device = new Device(backend, "test", 1, record);
  const source = new Source(8);
  const all = weight("all", source.floats(LABELS * INPUTS));
  const rowsOf = (begin: number, rows: number): DenseMatrix => ({
    ...{ kind: "dense", rows, inputs: INPUTS },
    values: all.part(begin * INPUTS, rows * INPUTS),
  });
  using program = await device.compile([matrix(INPUTS, 64)], (x) => {
    const chunks = [0, 1, 2, 3].map((i) => linear(x, rowsOf(i * CHUNK, CHUNK)));
    return [linear(x, rowsOf(0, LABELS)), concat(chunks)];
  });
  program.run([source.floats(INPUTS * 64)]);
  assert.equal(program.traced.calls.length, 5, "nothing is copied");
  assert.deepEqual(bitsOf(await program.floats(0)), bitsOf(await program.floats(1)));
});

Deno.test("chunks of rows take the memory of one chunk", () => {
  const device = referenceDevice();
  const specs = [matrix(INPUTS, 32), matrix(LABELS, 32)];
  const bytesOf = ({ body }: ReturnType<typeof head>) =>
    device.plan([device.trace(specs, body)]).bytes;
  const { outputs: _, total: __, ...all } = bytesOf(head(CHUNK));
  const { outputs: ___, total: ____, ...one } = bytesOf(head(CHUNK, CHUNK));
  assert.deepEqual(all, one);
  assert.equal(all.parameters, LABELS * INPUTS * 4);
  assert.ok(4 * all.gradients <= LABELS * INPUTS * 4 + 256);
});

Deno.test("a part of a parameter is refused where no kernel can be given it, or beside what it is a part of", () => {
  const device = referenceDevice();
  const all = weight("all", new Float32Array(64));
  const step = (parts: readonly Resource[]) => () =>
    device.trace([matrix(4, 32), matrix(4, 32)], (x, y) => {
      const products = parts.map((values) =>
        linear(x, { kind: "dense", rows: 4, inputs: 4, values: values.part(0, 16) })
      );
      return sgd({ learningRate: 1 }).update(mse(products.reduce(add), y));
    });
  assert.throws(() => all.part(60, 8), /Cannot take 8 elements of "all" from 60 on: it has 64/);
  assert.throws(step([all.part(2, 16)]), /Cannot use "all\[2, 18\)": expected a part that begins/);
  assert.throws(
    step([all.part(0, 32), all.part(8, 32)]),
    /depends on "all\[0, 16\)" and "all\[8, 24\)"/,
  );
  step([all.part(0, 16), all.part(16, 16)])();
});

Deno.test("limits of a slice of an input are those of its rows alone", async () => {
  const device = referenceDevice();
  using program = await device.compile(
    [matrix(3, 32), { shape: [2, 32], type: "u32" }],
    (x, classes) => crossEntropy(x, slice(classes, 1, 1)),
  );
  const x = new Float32Array(3 * 32);
  const classes = new Uint32Array(64).fill(9, 0, 32);
  program.run([x, classes]);
  classes[40] = 3;
  assert.throws(() => program.run([x, classes]), /row 1 of example 8 of input 1 is 3/);
});

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer);
}
