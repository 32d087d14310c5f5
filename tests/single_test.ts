/**
 * Programs of a single example say what those of a batch say.
 *
 * @module
 */
import assert from "node:assert/strict";
import { linear, relu, sequential } from "../src/nn/mod.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device, labels, matrix, vector } from "../src/program/device.ts";
import { patternName } from "../src/sparse/lookup.ts";
import { block, dense, fanIn, groupFanIn, nm } from "../src/sparse/patterns/mod.ts";
import type { PatternSpec } from "../src/sparse/spec.ts";
import { Source } from "./arbitraries.ts";
import { testOnDevices } from "./devices.ts";
import { ReferenceBackend } from "./reference_backend.ts";

const PATTERNS: readonly PatternSpec[] = [
  dense(),
  fanIn(5),
  groupFanIn(5, 8),
  block(1, { density: 0.3 }),
  block(4, { density: 0.5 }),
  nm(2, 5),
];

testOnDevices("vector() gives what a batch gives", async (backend) => {
  const source = new Source(7);
  for (const pattern of PATTERNS) {
    const device = new Device(backend, "test", 3, record);
    const model = sequential(
      linear(13, 18, { name: "a", pattern }),
      relu(),
      linear(18, 5, { name: "b", pattern }),
    );
    const batch = await device.compile([matrix(13, 1)], (x) => model(x));
    const single = await device.compile([vector(13)], (x) => model(x));
    const x = source.floats(13);
    const padded = new Float32Array(13 * 32);
    x.forEach((value, i) => padded[32 * i] = value);
    batch.run([padded]);
    // Programs of a device share the memory of their outputs: read before the other one runs.
    const expected = (await batch.floats(0)).filter((_, i) => i % 32 === 0);
    single.run([x]);
    const got = await single.floats(0);
    assert.equal(got.length, 5);
    // Sums of at most eighteen products in another order.
    got.forEach((y, i) =>
      assert.ok(Math.abs(y - expected[i]) <= 1e-5, `${patternName(pattern)}: ${got}; ${expected}`)
    );
  }
});

Deno.test("a program of a single example has no gradients and no larger inputs", async () => {
  const device = new Device(new ReferenceBackend(), "test", 1, record);
  const model = linear(4, 3);
  const optimizer = sgd({ learningRate: 0.1 });
  await assert.rejects(
    device.compile([vector(4), labels(1)], (x, y) => optimizer.update(crossEntropy(model(x), y))),
    /Cannot differentiate a program of a single example/,
  );
  await assert.rejects(
    device.compile([vector(4), matrix(4, 2)], (x) => model(x)),
    /an input of shape \[4,2\]: expected one example in every input/,
  );
});
