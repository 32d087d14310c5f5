/**
 * What grown connections begin with under AdamW: the loss after a rewiring, and at the end, of an MLP and a small convnet on
 * MNIST, or of a BERT-Tiny in blocks of 16 x 16 on a prepared corpus, for `reset`, `local` and `seeded`.
 *
 *     deno run -A benches/fresh.ts [--model mlp|convnet|bert] [--seeds 3] [--steps 3000] [--every 100] [--rate 0.003]
 *         [--sparsity 0.9] [--corpus corpora/prose-1k]
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
import { openPretrainingCorpus } from "../src/data/tokens/mod.ts";
import { dynsparse } from "../src/methods/dynsparse.ts";
import { bert } from "../src/models/bert.ts";
import { convnet } from "../src/models/convnet.ts";
import { mlp } from "../src/models/mlp.ts";
import type { Module } from "../src/nn/mod.ts";
import { createDevice } from "../src/ops/device.ts";
import { adamw } from "../src/optim/adamw.ts";
import type { Fresh } from "../src/optim/fresh.ts";
import { cosine } from "../src/optim/schedule.ts";
import { block, fanIn } from "../src/sparse/patterns/mod.ts";
import { pretraining } from "../src/tasks/pretraining.ts";
import { Trainer, type TrainerOptions, type TrainEvent } from "../src/train/trainer.ts";

const BATCH = 64;
/** Texts of a step, and positions of a text. */
const TEXTS = 32, POSITIONS = 32;
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
    corpus: { type: "string", default: "corpora/prose-1k" },
  },
});
const steps = Number(flags.steps), sparsity = Number(flags.sparsity);

/** What there is to learn. */
interface Subject {
  /** Steps of an epoch. */
  readonly steps: number;
  /** A fresh model with its trainer and data. */
  begin(common: Pick<TrainerOptions, "device" | "seed" | "method" | "optimizer">): Begun;
}

/** A trainer with its data. */
interface Begun extends Disposable {
  fit(epochs: number): AsyncIterable<TrainEvent>;
  /** Share of the test examples, or of the masked words, that are right. */
  accuracy(): Promise<number>;
}

/** Digits. */
async function digits(kind: string): Promise<Subject> {
  const { train, test } = await loadIdxFolder(await mnistFolder());
  const pattern = (density: number) => fanIn({ density });
  const common = { classes: train.classes, sparsity, pattern };
  const image = { channels: 1, height: 28, width: 28 };
  const modelOf = (): Module =>
    kind === "mlp"
      ? mlp({ sizes: [train.inputs, 128, 128, train.classes], sparsity, pattern })
      : convnet({ ...common, image, widths: [8, 16], stride: 2 });
  return {
    steps: train.examples / BATCH,
    begin: (parts) => {
      const trainer = new Trainer({ ...parts, model: modelOf() });
      return {
        fit: (epochs) => trainer.fit(train, { epochs, batchSize: BATCH }),
        accuracy: async () => (await trainer.evaluate(test)).accuracy,
        [Symbol.dispose]: () => trainer[Symbol.dispose](),
      };
    },
  };
}

/** Masked words. */
async function words(folder: string): Promise<Subject> {
  const { train, test, vocabulary } = await openPretrainingCorpus(folder, {
    ...{ positions: POSITIONS, epochExamples: TEXTS * steps, testExamples: 2000 },
  });
  const pattern = (density: number) => block(16, { density });
  const sizes = { vocabulary: vocabulary.size, positions: POSITIONS };
  return {
    steps,
    begin: (parts) => {
      const model = bert({ size: "tiny", ...sizes, sparsity, pattern });
      const trainer = new Trainer({ ...parts, model, task: pretraining() });
      return {
        fit: (epochs) => trainer.fit(train, { epochs, batchSize: TEXTS }),
        accuracy: async () => (await trainer.evaluate(test)).maskedAccuracy,
        [Symbol.dispose]: () => trainer[Symbol.dispose](),
      };
    },
  };
}

async function runOf(subject: Subject, fresh: Fresh, seed: number): Promise<Found> {
  using device = await createDevice({ prefer: "wasm", threads: 1, seed });
  using begun = subject.begin({
    ...{ device, seed, method: dynsparse({ every: Number(flags.every), fraction: 0.3 }) },
    optimizer: adamw({ learningRate: cosine(Number(flags.rate), { warmup: 100 }), fresh }),
  });
  const losses: number[] = [];
  const rewired: number[] = [], young: number[] = [];
  for await (const event of begun.fit(Math.ceil(steps / subject.steps))) {
    if (event.kind === "step") losses.push(...event.losses);
    if (event.kind !== "rewire") continue;
    rewired.push(event.step);
    young.push(...event.layers.flatMap(({ replacedYoung = [] }) => replacedYoung));
  }
  const mean = (begin: number, end: number): number =>
    losses.slice(begin, end).reduce((sum, x) => sum + x, 0) / (end - begin);
  const late = rewired.slice(Math.floor(rewired.length / 3));
  const spikes = late.map((step) => mean(step + 4, step + 25) / mean(step - 25, step));
  return {
    spike: spikes.reduce((sum, x) => sum + x, 0) / spikes.length,
    young: young.reduce((sum, x) => sum + x, 0) / young.length,
    final: mean(losses.length - 100, losses.length),
    accuracy: await begun.accuracy(),
  };
}

/** Mean and deviation over the seeds. */
function summed(all: readonly number[], digits: number): string {
  const mean = all.reduce((sum, x) => sum + x, 0) / all.length;
  const spread = Math.sqrt(all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (all.length - 1));
  return `${mean.toFixed(digits)} +- ${spread.toFixed(digits)}`;
}

const subject = flags.model === "bert" ? await words(flags.corpus) : await digits(flags.model);
for (const fresh of WAYS) {
  const all: Found[] = [];
  for (let seed = 1; seed <= Number(flags.seeds); seed++) {
    all.push(await runOf(subject, fresh, seed));
  }
  const of = (name: keyof Found): number[] => all.map((found) => found[name]);
  console.log(
    `${flags.model} ${fresh.padEnd(6)} spike ${summed(of("spike"), 3)}, final loss ${
      summed(of("final"), 4)
    }, test accuracy ${summed(of("accuracy"), 4)}, dropped that were new ${summed(of("young"), 3)}`,
  );
}
