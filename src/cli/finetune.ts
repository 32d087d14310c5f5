/**
 * `filigree finetune`: a classifier of sentences learns from an encoder that was pre-trained. It is `train` with the defaults of
 * that.
 *
 * @module
 */
import { isTyped, keysWithout, refuse } from "./applicable.ts";
import { ENCODERS } from "./config/choices.ts";
import { addConfigFlags, type Flags, layersOf } from "./config/flags.ts";
import { resolveLayers } from "./config/load.ts";
import { Command, ValidationError } from "./deps.ts";
import { addTrainFlags, train } from "./train.ts";
import type { Verb } from "./verb.ts";

/** What a fine-tuning has by default. */
const USUAL: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["run.name", "finetune"],
  ["model.name", "bert"],
  ["optimizer.learningRate", 2e-4],
  ["optimizer.schedule", "linear"],
  ["optimizer.weightDecay", 0.01],
  ["optimizer.clipNorm", 1],
  ["train.batch", 32],
  ["train.epochs", 3],
]);

/** Defaults that depend on what a fine-tuning begins with, for the help: in words. */
const OF_START: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["pattern.name", "that of the run, or dense"],
  ["pattern.sparsity", "that of the run, or 0.9 with a --pattern"],
  ["method.name", "static, or dense where nothing is sparse,"],
]);

/** What flags are here, where that is less than in general. */
const SAYS: ReadonlyMap<string, string> = new Map([
  [
    "data.name",
    "Labelled sentences: a file with a line each, the class, a tab and the sentence; behind another tab a second one, for pairs",
  ],
  [
    "data.validation",
    "Sentences that choose the best checkpoint: a share of those to train with such as 0.1, or another file; none by default",
  ],
  [
    "pattern.name",
    "Pattern of the matrices of a folder of Hugging Face, whose largest units are kept",
  ],
]);

/** The verb `finetune`. */
export const verb: Verb = { name: "finetune", rank: 3, command: finetuneCommand };

/** The command `finetune`. */
function finetuneCommand(): Command {
  const command: Command = new Command();
  command.description(
    "Train a classifier of sentences that begins with an encoder.\n\n" +
      "The encoder is that of a run of `filigree pretrain` or of a checkpoint, or of a folder on this machine in the form of " +
      "Hugging Face. `filigree eval` tests the classifier, and `filigree predict` asks it.",
  ).arguments("<run:string>");
  const start = new Map([["model.name", "bert"], ["model.from", "a run"]]);
  const { config } = resolveLayers([{ origin: "", values: start }]);
  addConfigFlags(addTrainFlags(command), {
    usual: new Map([...USUAL, ...OF_START]),
    without: ["model.name", "model.from", ...keysWithout([config])],
    says: SAYS,
  })
    .example("Reviews", "filigree finetune runs/pretrained --data reviews.tsv --epochs 3")
    .action(async (flags: Flags, run: string) => await finetune(run, flags));
  return command;
}

async function finetune(run: string, flags: Flags): Promise<void> {
  const layers = await layersOf(flags);
  for (const key of ["model.name", "model.from"]) {
    const given = layers.find(({ origin, values }) => isTyped(origin) && values.has(key));
    if (given !== undefined) {
      refuse(key, `does not apply: the model is that of "${run}"`, given.origin);
    }
  }
  if (!layers.some(({ values }) => values.has("data.name"))) {
    throw new ValidationError(
      'Missing required option "--data": a text file of labelled sentences.',
    );
  }
  const values = new Map<string, unknown>([...USUAL, ["model.from", run]]);
  await train(flags, { values, models: ENCODERS });
}
