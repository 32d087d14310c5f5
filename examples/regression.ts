/**
 * Numbers and labels: one sparse network that predicts two numbers of a point, and one that says which of three regions it
 * lies in; it may lie in several.
 *
 *     deno run examples/regression.ts
 *
 * @module
 */
import {
  adamw,
  bceWithLogits,
  binaryAccuracy,
  cosine,
  createDevice,
  exactMatch,
  mae,
  mlp,
  mse,
  rigl,
  type TargetDataset,
  Trainer,
} from "../mod.ts";

const EXAMPLES = 2000, INPUTS = 8;

/** Numbers from -1 to 1: of a point, the first two count. */
const features = Float32Array.from(
  { length: EXAMPLES * INPUTS },
  (_, i) => Math.sin((i + 1) * 12.9898) * 43758.5453 % 1,
);
const points = Array.from({ length: EXAMPLES }, (_, i) => features.subarray(i * INPUTS));

const common = { features, examples: EXAMPLES, inputs: INPUTS };
const numbers: TargetDataset = {
  ...common,
  outputs: 2,
  targets: Float32Array.from(points.flatMap(([x, y]) => [x * y, Math.sin(3 * x)])),
};
const regions: TargetDataset = {
  ...common,
  outputs: 3,
  multiLabel: true,
  targets: Float32Array.from(
    points.flatMap(([x, y]) => [x > y, x + y > 0, Math.hypot(x, y) < 0.6].map(Number)),
  ),
};

using device = await createDevice({ prefer: "wasm", threads: 1, seed: 1 });

/** What both trainings have. */
function parts(outputs: number) {
  return {
    device,
    model: mlp({ sizes: [INPUTS, 64, 64, outputs], sparsity: 0.5 }),
    optimizer: adamw({ learningRate: cosine(1e-2) }),
    method: rigl({ every: 20 }),
    seed: 1,
  };
}

const options = { epochs: 30, batchSize: 64 };
{
  using trainer = new Trainer({ ...parts(2), loss: mse, metrics: { mae } });
  for await (const _ of trainer.fit(numbers, options));
  const { loss, mae: error } = await trainer.evaluate(numbers);
  console.log(`mean squared error ${loss.toFixed(5)}, mean absolute error ${error.toFixed(4)}`);
  for await (const prediction of trainer.predict(features.subarray(0, INPUTS))) {
    if ("values" in prediction) console.log(`the first point: ${prediction.values}`);
  }
}
{
  using trainer = new Trainer({
    ...parts(3),
    loss: (output, target) => bceWithLogits(output, target, { positiveWeight: 1.5 }),
    metrics: { binaryAccuracy, exactMatch },
  });
  for await (const _ of trainer.fit(regions, options));
  const { binaryAccuracy: right, exactMatch: exact } = await trainer.evaluate(regions);
  console.log(`all labels right: ${(100 * exact).toFixed(2)} %`);
  for await (const prediction of trainer.predict(features.subarray(0, INPUTS))) {
    if ("labels" in prediction) console.log(`the first point lies in: ${prediction.labels}`);
  }
  console.log(`label accuracy ${(100 * right).toFixed(2)} %`);
}
