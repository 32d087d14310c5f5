/**
 * A training loop of its own, without the trainer: a function over tensors is compiled once and
 * replayed for every batch. Learns which quarter of a circle a point lies in.
 *
 * Run it with `deno run examples/custom_loop.ts`; it needs no permission.
 *
 * @module
 */
import { accuracy, adamw, createDevice, crossEntropy, fanIn, labels, matrix, nn } from "../mod.ts";

const BATCH = 256;
const STEPS = 400;

using device = await createDevice({ prefer: "wasm", seed: 1 });
const model = nn.sequential(
  nn.linear(2, 64),
  nn.relu(),
  nn.linear(64, 64, { pattern: fanIn({ k: 8 }) }),
  nn.relu(),
  nn.linear(64, 4),
);
const optimizer = adamw({ learningRate: 0.01 });

const step = await device.compile([matrix(2, BATCH), labels(BATCH)], (x, y) => {
  const output = model(x);
  return [optimizer.update(crossEntropy(output, y)), accuracy(output, y)];
});

// Inputs lie as [features, columns]: first all x, then all y.
const points = new Float32Array(2 * BATCH);
const quarters = new Uint32Array(BATCH);
for (let i = 0; i < STEPS; i++) {
  for (let column = 0; column < BATCH; column++) {
    // Golden-angle steps cover the circle evenly.
    const angle = ((i * BATCH + column) * 2.399963) % (2 * Math.PI);
    points[column] = Math.cos(angle);
    points[BATCH + column] = Math.sin(angle);
    quarters[column] = Math.floor(angle / (Math.PI / 2)) % 4;
  }
  step.run([points, quarters]);
}

const [losses, accuracies] = await step.scalars();
console.log(`loss ${losses[0].toFixed(3)} -> ${losses[STEPS - 1].toFixed(3)}`);
console.log(`accuracy ${(100 * accuracies[STEPS - 1]).toFixed(1)} %`);
