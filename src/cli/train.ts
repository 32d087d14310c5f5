/**
 * `filigree train`: trains a multi-layer perceptron on images.
 *
 * @module
 */
import type { SplitDataset } from "../data/dataset.ts";
import { createDevice } from "../ops/device.ts";
import type { Device } from "../program/device.ts";
import { Trainer } from "../train/trainer.ts";
import { openData } from "./data.ts";
import { Command, EnumType } from "./deps.ts";
import { Interrupt } from "./interrupt.ts";
import { Progress, standardError } from "./progress.ts";
import { jsonReporter, type Reporter, type Start, textReporter } from "./report.ts";
import { METHODS, type Settings, settingsOf, type TrainFlags } from "./settings.ts";
import { amount, count, rate, seed, share, sizes, sparsity } from "./values.ts";

/** The command `train`. */
export function trainCommand(): Command {
  const command: Command = new Command();
  command
    .description("Train a sparse multi-layer perceptron on images and test it.")
    .type("method", new EnumType(METHODS))
    .type("distribution", new EnumType(["uniform", "er", "erk"]))
    .type("device", new EnumType(["auto", "webgpu", "wasm"]))
    .type("optimizer", new EnumType(["adamw", "sgd"]))
    .type("salience", new EnumType(["paper", "code", "sparsimony"]))
    .type("sparsity", sparsity)
    .type("share", share)
    .type("amount", amount)
    .type("rate", rate)
    .type("count", count)
    .type("seed", seed)
    .type("sizes", sizes)
    .option("--data <name:string>", "mnist, fashion, or a folder with four IDX files.", {
      default: "mnist",
    })
    .option("--method <name:method>", `How patterns change: ${METHODS.join(", ")}.`, {
      default: "srigl",
    })
    .option("--sparsity <share:sparsity>", "Share of absent connections; 0.95 by default.")
    .option(
      "--pattern <name:string>",
      "Pattern of sparse layers: fan-in (default), group-16, block-16, 2:4 and others.",
    )
    .option("--distribution <name:distribution>", "Density by layer: uniform, er or erk (default).")
    .option("--hidden <sizes:sizes>", "Sizes of the hidden layers, with commas.", {
      default: [512, 512],
    })
    .option("--device <name:device>", "Where to train: auto, webgpu or wasm.", { default: "auto" })
    .option("--threads <count:count>", "Threads of WASM; by default one per core.")
    .option("--epochs <count:count>", "Passes over the data.", { default: 5 })
    .option("--batch <count:count>", "Examples in a step.", { default: 128 })
    .option(
      "--lr <rate:rate>",
      "Highest learning rate; by default 0.001 (adamw) or 0.05 (sgd) for a dense network, more for a sparse one.",
    )
    .option("--optimizer <name:optimizer>", "How weights change: adamw or sgd.", {
      default: "adamw",
    })
    .option("--seed <number:seed>", "Seed of everything random.", { default: 0 })
    .option("--every <steps:count>", "Steps between rewirings; 100 by default.")
    .option("--fraction <share:share>", "Share of connections replaced at first; 0.3 by default.")
    .option("--gamma-sal <amount:amount>", "Salient share below which SRigL ablates a neuron.")
    .option("--salience <name:salience>", "What SRigL calls salient: paper, code or sparsimony.")
    .option("--no-ablation", "Keep SRigL from ablating neurons.")
    .option("--json", "Print one JSON object per line.")
    .option("--dry-run", "Print the plan: layers, device bytes, kernels.")
    .env("FILIGREE_DEVICE=<name:device>", "Default of --device.", { prefix: "FILIGREE_" })
    .env("FILIGREE_THREADS=<count:count>", "Default of --threads.", { prefix: "FILIGREE_" })
    .example("A static pattern of 98 % sparsity", "filigree train --method static --sparsity 0.98")
    .action(async (flags) => await train(flags));
  return command;
}

async function train(flags: TrainFlags): Promise<void> {
  const reporter = flags.json === true
    ? jsonReporter()
    : textReporter(new Progress(standardError()));
  const data = await openData(flags.data);
  const settings = settingsOf(flags, data.train);
  using device = await createDevice({
    prefer: flags.device,
    seed: flags.seed,
    ...(flags.threads === undefined ? {} : { threads: flags.threads }),
  });
  const { model, optimizer, method } = settings;
  const trainer = new Trainer({
    device,
    model,
    optimizer,
    seed: flags.seed,
    ...(method === undefined ? {} : { method }),
  });
  const start = startOf(flags, data, settings, device, trainer);
  if (flags.dryRun === true) return reporter.plan(start);
  reporter.start(start);
  const { loss, seconds } = await fit(trainer, data, flags, reporter);
  const { accuracy } = await trainer.evaluate(data.test);
  reporter.done({
    test: { accuracy },
    loss,
    sparsity: trainer.topology.sparsity,
    hash: trainer.topology.hash,
    bytes: start.plan.bytes,
    device: device.name,
    seconds,
  });
}

async function fit(
  trainer: Trainer,
  data: SplitDataset,
  { epochs, batch: batchSize }: TrainFlags,
  reporter: Reporter,
): Promise<{ loss: number; seconds: number }> {
  using interrupt = new Interrupt();
  const begin = performance.now();
  const elapsed = (): number => (performance.now() - begin) / 1000;
  let loss = NaN;
  const { logEvery } = reporter;
  for await (const event of trainer.fit(data.train, { epochs, batchSize, logEvery })) {
    if (event.kind === "epoch") loss = event.loss;
    reporter.event(event, elapsed());
    await interrupt.check();
  }
  return { loss, seconds: elapsed() };
}

function startOf(
  flags: TrainFlags,
  data: SplitDataset,
  { model, method }: Settings,
  device: Device,
  trainer: Trainer,
): Start {
  const { inputs, examples } = data.train;
  return {
    device: device.name,
    description: device.backend.info.description,
    reason: device.reason,
    data: flags.data,
    examples,
    method: method?.name ?? "dense",
    layers: model.weights.map(({ label, shape, sparse }) => ({
      label,
      shape,
      connections: sparse?.budget ?? shape[0] * shape[1],
    })),
    plan: trainer.plan({ inputs, batchSize: flags.batch }),
  };
}
