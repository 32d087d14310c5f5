/**
 * What ranks exchange in a step, and what it takes of one: a static network of fan-in, trained by as many processes as a launcher
 * starts. Rank 0 prints a line of JSON.
 *
 * ```sh
 * mpirun -n 2 deno run -A benches/ranks.ts --sparsity 0.95 --width 4096 --layers 6 --batch 128
 * ```
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { adamw, createDevice, mlp, staticPattern, Trainer } from "../mod.ts";
import { openParallel } from "../parallel.ts";

const { values } = parseArgs({
  options: {
    sparsity: { type: "string", default: "0.95" },
    width: { type: "string", default: "1024" },
    layers: { type: "string", default: "3" },
    batch: { type: "string", default: "128" },
    steps: { type: "string", default: "10" },
  },
});
const { sparsity, width, layers, batch, steps } = values;
const [density, columns, depth, batchSize] = [
  1 - Number(sparsity),
  ...[width, layers, batch].map(Number),
];
const parallel = openParallel();
using device = await createDevice({ prefer: "wasm", threads: 1 });
const sizes = Array.from({ length: depth + 1 }, (_, i) => (i % 2 === 0 ? columns : 2 * columns));
const examples = batchSize * Number(steps);
const data = {
  features: Float32Array.from({ length: examples * columns }, (_, i) => ((i * 7919) % 997) / 997),
  labels: Uint8Array.from({ length: examples }, (_, i) => i % 10),
  ...{ examples, inputs: columns, classes: sizes[depth] },
};
using trainer = new Trainer({
  ...{
    device,
    model: mlp({ sizes, sparsity: 1 - density }),
    optimizer: adamw({ learningRate: 1e-3 }),
  },
  ...{ method: staticPattern(), seed: 1, parallel },
});
const weights = sizes.slice(1).reduce((sum, size, i) => sum + size * sizes[i], 0);
let before = { ...parallel.traffic, at: performance.now(), cpu: cpu(), step: 0 };
for await (const event of trainer.fit(data, { epochs: 1, batchSize, logEvery: 2 })) {
  if (event.kind !== "step") continue;
  // The first steps compile and warm up.
  if (event.step === 2) {
    before = { ...parallel.traffic, at: performance.now(), cpu: cpu(), step: event.step };
  }
}
const { bytes, seconds } = parallel.traffic;
const count = trainer.step - before.step;
const { rank, size, engine } = parallel;
const stepMs = (performance.now() - before.at) / count;
// What a ring sends of all gradients of the same network without patterns.
const dense = 2 * (size - 1) / size * 4 * (weights + sizes.slice(1).reduce((a, b) => a + b));
if (rank === 0) {
  console.log(JSON.stringify({
    ...{ engine, ranks: size, weights, density: trainer.topology.density, batchSize, stepMs },
    cpuMs: (cpu() - before.cpu) / count,
    bytes: (bytes - before.bytes) / count,
    ofDense: (bytes - before.bytes) / count / dense,
    exchangeMs: 1000 * (seconds - before.seconds) / count,
  }));
}
parallel.close();

/** Milliseconds of processor time of this process. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
