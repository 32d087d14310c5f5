/**
 * A method of its own in thirty lines: SET whose replaced share halves at every rewiring, on group-shared patterns. A method
 * is scores, a constraint and a schedule; the pattern's constraint is the layer's business.
 *
 * Run it with `deno run examples/custom_method.ts`; it needs no permission.
 *
 * @module
 */
import { adamw, createDevice, groupFanIn, type Method, nn, Trainer } from "../mod.ts";

/** Drop the smallest units, grow at random; half as many each time. */
function halvingSet(every: number, first: number): Method {
  return {
    name: "halving-set",
    every,
    growth: "random",
    fraction: (step) => step === 0 ? 0 : first * 0.5 ** (step / every - 1),
    candidates: () => 0,
    // deno-lint-ignore require-await
    async rewire(layer, { rewirer, seed, step, layer: stream, fraction }) {
      using work = rewirer.open(layer);
      const quota = work.quota();
      const kept = work.keep(work.units - Math.floor(work.units * fraction), quota);
      return work.finish(kept, work.draw(kept, work.missing(kept, quota), { seed, step, stream }));
    },
  };
}

const examples = 1024, inputs = 32, classes = 4;
const labels = Uint8Array.from({ length: examples }, (_, i) => i % classes);
const features = Float32Array.from(
  { length: examples * inputs },
  (_, i) => (i % inputs === labels[Math.floor(i / inputs)] ? 1 : 0) + Math.sin(7 * i) / 3,
);
const data = { features, labels, examples, inputs, classes };

using device = await createDevice({ prefer: "wasm", seed: 1 });
const model = nn.sequential(
  nn.linear(inputs, 64, { pattern: groupFanIn({ density: 0.2 }, 8) }),
  nn.relu(),
  nn.linear(64, classes),
);
const optimizer = adamw({ learningRate: 1e-2 });
using trainer = new Trainer({ device, model, optimizer, method: halvingSet(10, 0.5), seed: 1 });
for await (const event of trainer.fit(data, { epochs: 6, batchSize: 64 })) {
  if (event.kind !== "rewire") continue;
  console.log(`step ${event.step}: ${event.layers.map(({ dropped }) => dropped)} units replaced`);
}
console.log(`accuracy ${(100 * (await trainer.evaluate(data)).accuracy).toFixed(1)} %`);
