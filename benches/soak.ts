/**
 * `soak/...`: whether memory stays flat: the resident size of the process after 10,000 steps over that after 1,000, rewirings,
 * losses and all. The loss has to fall, and the device's allocator has to count the same bytes at both ends.
 *
 * @module
 */
import type { ClassDataset } from "../src/data/dataset.ts";
import type { Backend } from "../src/device/backend.ts";
import { Random } from "../src/device/random.ts";
import { rigl } from "../src/methods/rigl.ts";
import { mlp } from "../src/models/mlp.ts";
import { adamw } from "../src/optim/adamw.ts";
import { Trainer } from "../src/train/trainer.ts";
import { type BenchCase, plain, round, webgpu } from "./case.ts";
import { deviceOf } from "./layer.ts";

/** Steps at which the process is looked at. */
const LOOKS = [1000, 10_000] as const;

const BATCH = 32;

/** The benches of this file. */
export function* soakCases(): Generator<BenchCase> {
  for (const [device, open] of [["wasm", plain], ["webgpu", webgpu]] as const) {
    yield {
      name: `soak/${device}`,
      unit: "resident size after 10,000 steps / after 1,000",
      open,
      run: measureSoak,
    };
  }
}

async function measureSoak(
  backend: Backend,
): Promise<{ ratio: number; details: Record<string, number> }> {
  const data = drawData();
  const trainer = new Trainer({
    device: deviceOf(backend),
    model: mlp({ sizes: [data.inputs, 64, data.classes], sparsity: 0.8 }),
    optimizer: adamw({ learningRate: 1e-3 }),
    method: rigl({ every: 50, until: 1, decay: "constant" }),
    seed: 1,
  });
  const epochs = LOOKS[1] * BATCH / data.examples;
  const seen: { resident: number; allocated: number; loss: number }[] = [];
  for await (const event of trainer.fit(data, { epochs, batchSize: BATCH })) {
    if (event.kind !== "step" || seen.length === LOOKS.length) continue;
    if (trainer.step < LOOKS[seen.length]) continue;
    seen.push({
      resident: Deno.memoryUsage().rss,
      allocated: backend.allocatedBytes,
      loss: event.loss,
    });
  }
  const [first, last] = seen;
  if (first.allocated !== last.allocated || !(last.loss < first.loss)) {
    throw new Error(
      `Cannot trust the run: the device holds ${first.allocated} and ${last.allocated} bytes, ` +
        `the losses are ${first.loss} and ${last.loss}`,
    );
  }
  return {
    ratio: last.resident / first.resident,
    details: {
      residentMiBFirst: round(first.resident / 2 ** 20),
      residentMiBLast: round(last.resident / 2 ** 20),
      allocated: last.allocated,
    },
  };
}

/** Noisy examples whose largest feature tells the class. */
function drawData(): ClassDataset {
  const [examples, inputs, classes] = [3200, 64, 4];
  const random = new Random({ seed: 1, use: "noise" });
  const labels = Uint8Array.from({ length: examples }, () => random.below(classes));
  const features = Float32Array.from(
    { length: examples * inputs },
    (_, i) => (i % inputs === labels[Math.floor(i / inputs)] ? 2 : 0) + random.normal(),
  );
  return { features, labels, examples, inputs, classes };
}
