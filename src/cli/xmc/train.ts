/**
 * `filigree xmc train`: a sparse head of very many labels learns from texts or features. It is `train` with the defaults of that.
 *
 * @module
 */
import { isTyped, keysWithout, refuse } from "../applicable.ts";
import { NO_METHOD } from "../config/choices.ts";
import { addConfigFlags, type Flags, layersOf } from "../config/flags.ts";
import { resolveLayers } from "../config/load.ts";
import { Command, ValidationError } from "../deps.ts";
import { HEAD_PATTERN_NAMES } from "../patterns.ts";
import { addTrainFlags, train } from "../train.ts";
import { RANKING_LOSSES } from "../../tasks/label_ranking.ts";
import { keysOfOtherMethods } from "./applicable.ts";
import { CHOICES, USUAL, USUAL_ENCODED, USUAL_READ, usualFor } from "./defaults.ts";
import { withVectors } from "./vectors.ts";

/** What flags are here, where that is less than in general. */
const SAYS: ReadonlyMap<string, string> = new Map([
  ["pattern.name", `Pattern of the head: ${HEAD_PATTERN_NAMES}`],
  [
    "data.positions",
    "Most features of an example that are read: those with the largest values; as many as the longest row by default. Of a bert " +
    "most tokens, [CLS] and [SEP] among them: the first ones; as many as the longest text by default, 128 at most",
  ],
  [
    "data.validation",
    "Share of the examples to train with that chooses the best checkpoint, such as 0.1; none by default",
  ],
  [
    "model.encoder",
    "What labels stand on: words by TF-IDF (`none`), numbers that become of them (`tfidf`; by default with --width, " +
    "--activation, --vectors, --intermediate, --auxiliary, --dropout, --dense-labels, or a pattern of groups or a dense one), the mean of all " +
    "words (`bag`), or pieces of words in their order, read by a transformer (`bert`)",
  ],
  ["model.size", "Size of a bert: tiny (the default), mini, small, medium or base"],
  [
    "model.pooling",
    "What labels stand on of the positions that a bert reads: their mean (the default), or the first one, [CLS] (token)",
  ],
  [
    "model.from",
    "What a bert begins with: a folder on this machine in the form of Hugging Face, a run of pretrain, or a checkpoint. Texts are cut " +
    "by its vocabulary",
  ],
  [
    "pattern.layers",
    "Layers of a bert that are sparse too, with patterns of their own: ff, qkv, out, all or a path, such as `ff block-16 " +
    "sparsity=0.9`, with commas; none by default",
  ],
  [
    "optimizer.name",
    "How weights change; adamw behind an encoder",
  ],
  [
    "optimizer.learningRate",
    "Highest learning rate; by default, of labels that stand on features, 0.6 of the largest that is stable by SGD, or 0.01; 0.003 " +
    "behind an encoder, 0.001 of a bert, 0.0001 of one that begins with another; the head has one of its own (--groups)",
  ],
  [
    "optimizer.weightDecay",
    "Decay of the weights (not of biases and norms); by default, of labels that stand on features by SGD, --positive-weight over the " +
    "rows to train with; else 0",
  ],
  [
    "train.epochs",
    "Passes over the rows to train with; 3 by AdamW, 10 behind an encoder",
  ],
  ["train.batch", "Rows a step; 128 behind an encoder"],
  ["train.loss", `What is lowered: ${RANKING_LOSSES.join(" or ")}`],
]);

/** What options need that say more of it. */
const WITH_ALL: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["model.intermediate", 2048],
  ["model.auxiliary", 1024],
  ["model.neighbours", 10],
  ["model.vectors", "corpora/vectors"],
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
  const all = { origin: "the help", values: WITH_ALL };
  const configs = [USUAL, USUAL_ENCODED, USUAL_READ].flatMap((usual) =>
    [[], [all]].map((layers) => resolveLayers(layers, usual).config)
  );
  return addConfigFlags(addTrainFlags(command), {
    usual: USUAL.values,
    without: ["data.name", "model.name", ...keysWithout(configs), ...keysOfOtherMethods()],
    says: SAYS,
    choices: CHOICES,
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
  const usual = await withVectors(layers, usualFor);
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
