/**
 * `mnist/...`: what training reaches on MNIST, 784-512-512-10, three seeds, with the defaults of `filigree train`.
 *
 * @module
 */
import { mnistFolder } from "../src/cli/deps.ts";
import { WARMUP } from "../src/cli/run_length.ts";
import type { ClassDataset, TestedDataset } from "../src/data/dataset.ts";
import { loadIdxFolder } from "../src/data/idx.ts";
import type { Backend } from "../src/device/backend.ts";
import type { Method } from "../src/methods/method.ts";
import { mlp } from "../src/models/mlp.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { adamw, definition } from "../src/optim/adamw.ts";
import { cosine, sparseRate } from "../src/optim/schedule.ts";
import { Device } from "../src/program/device.ts";
import { Trainer } from "../src/train/trainer.ts";

const EPOCHS = 5;
const BATCH_SIZE = 128;
const SEEDS = [1, 2, 3];

let loaded: Promise<TestedDataset<ClassDataset>> | undefined;

/** Test accuracies of one method at one sparsity, a seed each. */
export async function measureAccuracy(
  backend: Backend,
  method: Method,
  sparsity: number,
): Promise<{ mean: number; all: number[] }> {
  const data = await (loaded ??= mnistFolder().then(loadIdxFolder));
  const all: number[] = [];
  for (const seed of SEEDS) {
    const rate = sparseRate(definition.learningRate, sparsity);
    const trainer = new Trainer({
      device: new Device(backend, "bench", seed, record),
      model: mlp({ sizes: [data.train.inputs, 512, 512, data.train.classes], sparsity }),
      optimizer: adamw({ learningRate: cosine(rate, { warmup: WARMUP }) }),
      method,
      seed,
    });
    for await (const event of trainer.fit(data.train, { epochs: EPOCHS, batchSize: BATCH_SIZE })) {
      if (event.kind !== "epoch") continue;
      console.error(
        `${method.name} ${sparsity} seed ${seed} epoch ${event.epoch}: loss ${
          event.loss.toFixed(4)
        }`,
      );
    }
    all.push((await trainer.evaluate(data.test)).accuracy);
  }
  return { mean: all.reduce((sum, x) => sum + x, 0) / all.length, all };
}
