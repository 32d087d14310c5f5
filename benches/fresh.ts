/**
 * What grown connections begin with under AdamW: the loss after a rewiring, and at the end, of an MLP and a small convnet on
 * MNIST, for `reset`, `local` and `seeded`.
 *
 *     deno run -A benches/fresh.ts [--model mlp|convnet] [--seeds 3] [--steps 3000] [--every 100] [--rate 0.003] [--sparsity 0.9]
 *
 * The spike of a rewiring is the mean loss of the steps from the 5th to the 25th after it, over that of the 25 steps before it;
 * those of the last two thirds of the rewirings are averaged, because bias corrections hardly differ in the first. Runs of one
 * seed see the same batches. What is dropped and was new says whether connections come far enough to stay.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { mnistFolder } from "../src/cli/deps.ts";
import { loadIdxFolder } from "../src/data/idx.ts";
import { dynsparse } from "../src/methods/dynsparse.ts";
import { convnet } from "../src/models/convnet.ts";
import { mlp } from "../src/models/mlp.ts";
import type { Module } from "../src/nn/mod.ts";
import { createDevice } from "../src/ops/device.ts";
import { adamw } from "../src/optim/adamw.ts";
import type { Fresh } from "../src/optim/fresh.ts";
import { cosine } from "../src/optim/schedule.ts";
import { fanIn } from "../src/sparse/patterns/mod.ts";
import { Trainer } from "../src/train/trainer.ts";

const BATCH = 64;
const WAYS: readonly Fresh[] = ["reset", "local", "seeded"];

/** What one run has reached. */
interface Found {
  /** Loss after rewirings over the loss before. */
  readonly spike: number;
  /** Of the connections dropped, the share that the rewiring before had grown. */
  readonly young: number;
  /** Mean loss of the last hundred steps. */
  readonly final: number;
  /** Share of the test examples that are right. */
  readonly accuracy: number;
}

const { values: flags } = parseArgs({
  options: {
    model: { type: "string", default: "mlp" },
    seeds: { type: "string", default: "3" },
    steps: { type: "string", default: "3000" },
    every: { type: "string", default: "100" },
    rate: { type: "string", default: "0.003" },
    sparsity: { type: "string", default: "0.9" },
  },
});
const { train, test } = await loadIdxFolder(await mnistFolder());
const sparsity = Number(flags.sparsity);

function modelOf(): Module {
  const pattern = (density: number) => fanIn({ density });
  if (flags.model === "mlp") {
    return mlp({ sizes: [train.inputs, 128, 128, train.classes], sparsity, pattern });
  }
  const image = { channels: 1, height: 28, width: 28 };
  const widths = [8, 16];
  return convnet({ image, classes: train.classes, widths, stride: 2, sparsity, pattern });
}

async function runOf(fresh: Fresh, seed: number): Promise<Found> {
  using device = await createDevice({ prefer: "wasm", threads: 1, seed });
  const steps = Number(flags.steps);
  using trainer = new Trainer({
    ...{
      device,
      model: modelOf(),
      seed,
      method: dynsparse({ every: Number(flags.every), fraction: 0.3 }),
    },
    optimizer: adamw({ learningRate: cosine(Number(flags.rate), { warmup: 100 }), fresh }),
  });
  const losses: number[] = [];
  const rewired: number[] = [], young: number[] = [];
  const epochs = Math.ceil(steps * BATCH / train.examples);
  for await (const event of trainer.fit(train, { epochs, batchSize: BATCH })) {
    if (event.kind === "step") losses.push(...event.losses);
    if (event.kind !== "rewire") continue;
    rewired.push(event.step);
    young.push(...event.layers.flatMap(({ replacedYoung = [] }) => replacedYoung));
  }
  const mean = (begin: number, end: number): number =>
    losses.slice(begin, end).reduce((sum, x) => sum + x, 0) / (end - begin);
  const late = rewired.slice(Math.floor(rewired.length / 3));
  const spikes = late.map((step) => mean(step + 4, step + 25) / mean(step - 25, step));
  const { accuracy } = await trainer.evaluate(test);
  return {
    spike: spikes.reduce((sum, x) => sum + x, 0) / spikes.length,
    young: young.reduce((sum, x) => sum + x, 0) / young.length,
    final: mean(losses.length - 100, losses.length),
    accuracy,
  };
}

/** Mean and deviation over the seeds. */
function summed(all: readonly number[], digits: number): string {
  const mean = all.reduce((sum, x) => sum + x, 0) / all.length;
  const spread = Math.sqrt(all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (all.length - 1));
  return `${mean.toFixed(digits)} +- ${spread.toFixed(digits)}`;
}

for (const fresh of WAYS) {
  const all: Found[] = [];
  for (let seed = 1; seed <= Number(flags.seeds); seed++) all.push(await runOf(fresh, seed));
  const of = (name: keyof Found): number[] => all.map((found) => found[name]);
  console.log(
    `${flags.model} ${fresh.padEnd(6)} spike ${summed(of("spike"), 3)}, final loss ${
      summed(of("final"), 4)
    }, test accuracy ${summed(of("accuracy"), 4)}, dropped that were new ${summed(of("young"), 3)}`,
  );
}
