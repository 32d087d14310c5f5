/**
 * `filigree finetune`: a classifier of sentences learns from an encoder that was pre-trained. It is `train` with the defaults of
 * that.
 *
 * @module
 */
import { addConfigFlags, type Flags } from "./config/flags.ts";
import { Command, ValidationError } from "./deps.ts";
import { readRun } from "./runs.ts";
import { isForeign } from "./start.ts";
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

/** The verb `finetune`. */
export const verb: Verb = { name: "finetune", rank: 2, command: finetuneCommand };

/** The command `finetune`. */
function finetuneCommand(): Command {
  const command: Command = new Command();
  command.description(
    "Train a classifier of sentences that begins with a run of pretrain, or a folder with model.safetensors of Hugging Face. " +
      "--data is a text file: a line each, the class, a tab, and the sentence; behind another tab a second one, for pairs. " +
      `The flags are those of train; other defaults: ${
        [...USUAL].map(([key, value]) => `${key} ${value}`).join(", ")
      }.`,
  ).arguments("<run:string>");
  addConfigFlags(command);
  addTrainFlags(command)
    .example("Reviews", "filigree finetune runs/pretrained --data reviews.tsv --epochs 3")
    .action(async (flags: Flags, run: string) => await finetune(run, flags));
  return command;
}

async function finetune(run: string, flags: Flags): Promise<void> {
  for (const name of ["model", "from"]) {
    if (flags[name] === undefined) continue;
    throw new ValidationError(
      `Option "--${name}" does not apply: the model is that of "${run}".`,
    );
  }
  if (flags.data === undefined && flags.config === undefined) {
    throw new ValidationError(
      'Missing required option "--data": a text file of labelled sentences.',
    );
  }
  const patterns = await isForeign(run) ? foreign(flags) : await own(run, flags);
  await train({ ...flags, from: run }, new Map([...USUAL, ...patterns]));
}

/** A dense encoder stays dense, unless a pattern is asked for. */
function foreign({ pattern, sparsity, method }: Flags): [string, unknown][] {
  const asked = [pattern, sparsity, method].some((flag) => flag !== undefined);
  return asked
    ? [["pattern.name", "block-16"], ["pattern.sparsity", 0.9], ["method.name", "static"]]
    : [["pattern.name", "dense"], ["method.name", "dense"]];
}

/** The patterns of a run are those that it has; a method may change them. */
async function own(run: string, flags: Flags): Promise<[string, unknown][]> {
  for (const name of ["pattern", "sparsity"]) {
    if (flags[name] === undefined) continue;
    throw new ValidationError(
      `Option "--${name}" does not apply: the patterns are those of "${run}"; --method may rewire them. A pattern is asked ` +
        "for where the encoder is a folder of Hugging Face.",
    );
  }
  const { config: { pattern, method } } = await readRun(run);
  return [
    ["pattern.name", pattern.name],
    ["pattern.sparsity", pattern.sparsity],
    ["method.name", method.name === "dense" ? "dense" : "static"],
  ];
}
