/**
 * `filigree pretrain`: an encoder of text learns words that are masked, and which stretches of text follow each other; a decoder
 * learns what comes next. It is `train` with the defaults of that.
 *
 * @module
 */
import { keysWithout } from "./applicable.ts";
import { addConfigFlags, type Flags } from "./config/flags.ts";
import { TEXT_MODELS } from "./config/choices.ts";
import { resolveLayers, type Usual } from "./config/load.ts";
import { expectedModels } from "./config/models.ts";
import { OF_PRETRAINING } from "./config/pretraining.ts";
import { Command } from "./deps.ts";
import { addTrainFlags, train } from "./train.ts";
import type { Verb } from "./verb.ts";

/** What a pre-training has by default, and what it trains. */
const USUAL = { values: OF_PRETRAINING, models: TEXT_MODELS, anew: true } satisfies Usual;

/** What flags are here, where that is less than in general. */
const SAYS: ReadonlyMap<string, string> = new Map([
  ["data.name", "prose, a folder that data prepare wrote, or for a gpt a text file"],
  ["model.name", `What is pre-trained: ${expectedModels(TEXT_MODELS)}`],
]);

/** The verb `pretrain`. */
export const verb: Verb = { name: "pretrain", rank: 2, command: pretrainCommand };

/** The command `pretrain`. */
function pretrainCommand(): Command {
  const command: Command = new Command();
  command.description(
    "Pre-train a sparse model of text on a corpus.\n\n" +
      "A bert learns words that are masked, and which stretches of text follow each other; a gpt learns what comes next, of a " +
      "corpus or of the characters of a text file. `filigree data prepare` makes the corpus; `filigree finetune` makes a " +
      "classifier of a bert, and `filigree generate` goes on with texts by a gpt.",
  );
  const configs = TEXT_MODELS.map(({ name }) =>
    resolveLayers([{ origin: "", values: new Map([["model.name", name]]) }], USUAL).config
  );
  addConfigFlags(addTrainFlags(command), {
    usual: USUAL.values,
    without: ["model.from", ...keysWithout(configs)],
    says: SAYS,
  })
    .example(
      "BERT-Tiny in blocks of 16 x 16",
      "filigree pretrain --model bert:tiny --data corpora/prose --pattern block-16 --sparsity 0.9",
    )
    .example(
      "GPT-Mini of the characters of a file",
      "filigree pretrain --model gpt:mini --data book.txt --epochs 10",
    )
    .action(async (flags: Flags) => await train(flags, USUAL));
  return command;
}
