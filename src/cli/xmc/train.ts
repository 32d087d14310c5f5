/**
 * `filigree xmc train`: a sparse head of very many labels learns from texts or features. It is `train` with the defaults of that.
 *
 * @module
 */
import { isTyped, keysWithout, refuse } from "../applicable.ts";
import { NO_METHOD, RANKERS } from "../config/choices.ts";
import { addConfigFlags, type Flags, layersOf } from "../config/flags.ts";
import { resolveLayers, type Usual } from "../config/load.ts";
import { Command, ValidationError } from "../deps.ts";
import { HEAD_PATTERN_NAMES } from "../patterns.ts";
import { addTrainFlags, train } from "../train.ts";
import { RANKING_LOSSES } from "../../tasks/label_ranking.ts";

/** What a training with very many labels has by default. */
const VALUES: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["run.name", "xmc"],
  ["model.name", "xmc"],
  ["pattern.name", "fan-in:32"],
  ["method.name", "set"],
  ["method.until", 0.66],
  ["optimizer.learningRate", 3e-3],
  ["optimizer.groups", ["head learningRate=0.03"]],
  ["optimizer.flush", 1e-30],
  ["train.loss", "bce"],
  ["train.epochs", 10],
  ["train.batch", 128],
]);

const USUAL = { values: VALUES, models: RANKERS, anew: true } satisfies Usual;

/** The same where the head stands on features, which learn in fewer epochs and are chosen, not looked for. */
const ALONE: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...VALUES,
  ["method.name", "static"],
  ["optimizer.learningRate", 0.01],
  // Biases stay where negatives are satisfied: those of frequent labels would rise above all others.
  ["optimizer.groups", ["head.bias learningRate=1e-9"]],
  ["train.loss", "squared-hinge"],
  ["train.epochs", 3],
  ["train.batch", 256],
]);

/** What flags are here, where that is less than in general. */
const SAYS: ReadonlyMap<string, string> = new Map([
  ["pattern.name", `Pattern of the head: ${HEAD_PATTERN_NAMES}`],
  [
    "data.positions",
    "Most features of an example that are read: those with the largest values; as many as the longest row by default",
  ],
  [
    "data.validation",
    "Share of the examples to train with that chooses the best checkpoint, such as 0.1; none by default",
  ],
  ["train.loss", `What is lowered: ${Object.keys(RANKING_LOSSES).join(" or ")}`],
]);

/** The command `xmc train`. */
export function trainCommand(): Command {
  const command: Command = new Command();
  command.description(
    "Train a classifier of very many labels, and test it.\n\n" +
      "Data are a file to train with and one to test with, or a folder of both: features and labels as pairs, texts and labels in " +
      "lines of JSON or in a table (docs/xmc_data.md). `filigree data prepare wordnet` makes some; `filigree resume` goes on " +
      "with a run, `filigree xmc eval` tests it, and `filigree xmc predict` asks it.",
  ).option("--train <path:string>", "What is trained with: a file, or a folder. [data.name]");
  const { config } = resolveLayers([], USUAL);
  const alone = { ...config, model: { ...config.model, encoder: "none" } };
  return addConfigFlags(addTrainFlags(command), {
    usual: VALUES,
    without: ["data.name", "model.name", "model.from", ...keysWithout([config, alone])],
    says: SAYS,
  })
    .example(
      "Words of WordNet by their definitions",
      "filigree xmc train --train corpora/wordnet/train.txt --test corpora/wordnet/test.txt --out runs/wordnet",
    )
    .action(async (flags: Flags) => await trainRanker(flags));
}

async function trainRanker({ train: path, ...flags }: Flags): Promise<void> {
  if (path !== undefined && flags.data !== undefined) {
    throw new ValidationError('Option "--train" and "--data" both give data.name; expected one.');
  }
  const given = { ...flags, ...(path === undefined ? {} : { data: path }) };
  const layers = await layersOf(given);
  if (!layers.some(({ values }) => values.has("data.name"))) {
    throw new ValidationError(
      'Missing required option "--train": a file or a folder of data with very many labels.',
    );
  }
  const { encoder } = resolveLayers(layers, USUAL).config.model;
  const usual: Usual = encoder === "none" ? { ...USUAL, values: ALONE } : USUAL;
  const { config, origins } = resolveLayers(layers, usual);
  const { method, pattern } = config;
  // A dense head has no method by default, and another one no method "dense".
  if (
    method.name === NO_METHOD && pattern.name !== "dense" && isTyped(origins.get("method.name"))
  ) {
    refuse("method.name", `is dense, but the pattern of the head is "${pattern.name}"`);
  }
  await train(given, usual);
}
