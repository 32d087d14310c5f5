/**
 * Heads of many labels under methods that grow by gradient: candidates come of a chunk of labels at a time.
 *
 * @module
 */
import assert from "node:assert/strict";
import { labelHead, type LabelOutput, type Module } from "../src/nn/mod.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { labelLoss } from "../src/ops/label_loss.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device, matrix } from "../src/program/device.ts";
import type { InputSpec } from "../src/program/program.ts";
import type { Tensor } from "../src/program/trace.ts";
import { toDense } from "../src/sparse/convert.ts";
import { dense, fanIn } from "../src/sparse/patterns/mod.ts";
import { traceGrowthProbe } from "../src/train/growth_probe.ts";
import { Source } from "./arbitraries.ts";
import { ReferenceBackend } from "./reference_backend.ts";

const [FEATURES, LABELS, EXAMPLES, EACH] = [8, 150, 5, 3];

Deno.test("traceGrowthProbe() scores a head of labels, a chunk of them at a time", async () => {
  const seed = 5;
  const source = new Source(seed);
  const device = new Device(new ReferenceBackend(), "test", 1, record);
  const head = labelHead(FEATURES, LABELS, { pattern: fanIn(EACH, { full: true }) });
  const [{ sparse }] = head.weights;
  assert.ok(sparse !== undefined);
  const count = FEATURES - EACH - 1;
  const specs: InputSpec[] = [matrix(FEATURES, EXAMPLES), { shape: [2, EXAMPLES], type: "u32" }];
  const lossOf = (model: Module<Tensor, LabelOutput>, [x, given]: readonly Tensor[]): Tensor =>
    labelLoss(x, model(x).head, given, { loss: "bce", chunk: 64 });
  const { traced } = traceGrowthProbe(
    device,
    specs,
    (inputs) => lossOf(head, inputs),
    new Map([[sparse, count]]),
  );
  using program = await device.prepare(traced);
  const x = source.floats(FEATURES * 32).map((value, i) => i % 32 < EXAMPLES ? value : 0);
  const given = new Uint32Array(2 * 32).fill(LABELS);
  for (let c = 0; c < EXAMPLES; c++) given[c] = source.below(LABELS);
  program.run([x, given]);
  const gradient = await denseGradient(device, { head, lossOf, specs, x, given });
  const { span, index } = sparse.pattern;
  let row = 0;
  // Three chunks, of each gradient, entries and scores.
  for (let output = 0; output < 9; output += 3) {
    const [own, entries, scores] = [
      await program.floats(output),
      await program.words(output + 1),
      await program.floats(output + 2),
    ];
    for (let i = 0; i < entries.length / count; i++, row++) {
      const active = index.subarray(span[2 * row], span[2 * row + 1]);
      const expected = (input: number): number => gradient[row * FEATURES + input];
      active.forEach((input, k) => {
        const found = own[i * 4 + k];
        assert.ok(Math.abs(found - expected(input)) < 1e-5, `${found} (seed ${seed})`);
      });
      const rest = Array.from({ length: FEATURES }, (_, input) => input)
        .filter((input) => !active.includes(input))
        .sort((a, b) => Math.abs(expected(b)) - Math.abs(expected(a)));
      const chosen = entries.subarray(i * count, (i + 1) * count);
      assert.deepEqual([...chosen], rest.slice(0, count).sort((a, b) => a - b), `seed ${seed}`);
      chosen.forEach((input, k) => {
        assert.ok(Math.abs(scores[i * count + k] - Math.abs(expected(input))) < 1e-5);
      });
    }
  }
  assert.equal(row, LABELS);
});

Deno.test("traceGrowthProbe() has nowhere the dense gradient of a head, nor a tenth of it", () => {
  const [features, labels] = [96, 4000];
  const device = new Device(new ReferenceBackend(), "test", 1, record);
  const head = labelHead(features, labels, { pattern: fanIn(EACH, { full: true }) });
  const [{ sparse }] = head.weights;
  assert.ok(sparse !== undefined);
  const { traced } = traceGrowthProbe(
    device,
    [matrix(features, EXAMPLES), { shape: [2, EXAMPLES], type: "u32" }],
    ([x, given]) => labelLoss(x, head(x).head, given, { loss: "bce", chunk: 64 }),
    new Map([[sparse, EACH]]),
  );
  const largest = Math.max(
    ...traced.order.flatMap(({ tensors }) => tensors.map((t) => t.elements)),
  );
  assert.ok(largest < features * labels / 10, `${largest}`);
});

/** The gradient of a dense head with the weights of a sparse one. */
async function denseGradient(
  device: Device,
  { head, lossOf, specs, x, given }: {
    head: Module<Tensor, LabelOutput>;
    lossOf: (model: Module<Tensor, LabelOutput>, inputs: readonly Tensor[]) => Tensor;
    specs: readonly InputSpec[];
    x: Float32Array;
    given: Uint32Array;
  },
): Promise<Float32Array> {
  const [{ sparse, values }] = head.weights;
  assert.ok(sparse !== undefined);
  const full = toDense(sparse.pattern, await device.readFloats(values));
  const twin = labelHead(FEATURES, LABELS, { pattern: dense() });
  const optimizer = sgd({ learningRate: 1 });
  using step = await device.compile(
    specs,
    (...inputs) => optimizer.update(lossOf(twin, inputs)),
  );
  const [weight] = twin.parameters;
  device.write(weight, full);
  step.run([x, given]);
  const after = await device.readFloats(weight);
  return full.map((value, i) => value - after[i]);
}
