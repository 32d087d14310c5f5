/**
 * `filigree pretrain`: an encoder of text learns words that are masked, and which stretches of text follow each other. It is
 * `train` with the defaults of that.
 *
 * @module
 */
import { addConfigFlags, type Flags } from "./config/flags.ts";
import { ENCODERS } from "./config/choices.ts";
import { Command, ValidationError } from "./deps.ts";
import { addTrainFlags, train } from "./train.ts";
import type { Verb } from "./verb.ts";

/** What a pre-training has by default, after Dietrich et al. (2022). */
const USUAL: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["run.name", "pretrain"],
  ["data.name", "prose"],
  ["model.name", "bert"],
  ["pattern.name", "block-16"],
  ["pattern.sparsity", 0.9],
  ["method.name", "dynsparse"],
  ["optimizer.schedule", "linear"],
  ["optimizer.weightDecay", 0.01],
  ["optimizer.clipNorm", 1],
  ["train.batch", 32],
  ["train.epochs", 1],
]);

/** The verb `pretrain`. */
export const verb: Verb = { name: "pretrain", rank: 2, command: pretrainCommand };

/** The command `pretrain`. */
function pretrainCommand(): Command {
  const command: Command = new Command();
  command.description(
    "Pre-train a sparse encoder of text on a corpus that `filigree data prepare` made. The flags are those of train; other " +
      `defaults: ${[...USUAL].map(([key, value]) => `${key} ${value}`).join(", ")}.`,
  );
  addConfigFlags(command);
  addTrainFlags(command)
    .example(
      "BERT-Tiny in blocks of 16 x 16",
      "filigree pretrain --model bert:tiny --data corpora/prose --pattern block-16 --sparsity 0.9",
    )
    .action(async (flags: Flags) => await train(withModel(flags), USUAL));
  return command;
}

/** Flags whose `--model` is an encoder with a size, `bert:tiny`, or the size of the only one: `tiny`. */
function withModel({ model, ...flags }: Flags): Flags {
  if (model === undefined) return flags;
  const [first, second] = String(model).split(":");
  const [name, size] = second === undefined && !ENCODERS.some((each) => each.name === first)
    ? [ENCODERS[0].name, first]
    : [first, second];
  const encoder = ENCODERS.find((each) => each.name === name);
  const { size: sizes } = encoder?.options ?? {};
  const known = sizes?.type === "choice" ? sizes.choices : [];
  if (encoder === undefined || size !== undefined && !known.includes(size)) {
    throw new ValidationError(
      `Option "--model" is "${model}"; expected ${
        ENCODERS.map((each) => each.name).join(", ")
      }, and behind a colon one of ${known.join(", ")}.`,
    );
  }
  return { ...flags, model: name, ...(size === undefined ? {} : { modelSize: size }) };
}
