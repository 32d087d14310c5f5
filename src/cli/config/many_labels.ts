/**
 * How data with very many labels are read and learnt, as the configuration says it.
 *
 * @module
 */
import type { Options } from "../../definitions/option.ts";

/** Options of data that an extreme classifier alone has. */
export const MANY_LABELS = {
  test: {
    type: "text",
    description:
      "File to test an extreme classifier with, in the format of that to train with; by default the part of a folder",
    flag: "--test",
  },
  propensities: {
    type: "text",
    matches: /^(amazon|wikipedia|other|\d+(\.\d+)?:\d+(\.\d+)?)$/,
    accepts: "amazon, wikipedia, other, or A:B such as 0.5:0.4",
    description:
      "Pair of numbers A and B that weighs rare labels in PSP and PSnDCG: of products (`amazon`), of categories of Wikipedia (`wikipedia`), of all `other` data, the default, or one of your own, such as 0.5:0.4",
    flag: "--propensities",
  },
  testShare: {
    type: "number",
    above: 0,
    below: 1,
    description:
      "Share of the rows that an extreme classifier is tested with where the data have none to test with, by what is in them; 0.1 by default",
    flag: "--test-share",
  },
  text: {
    type: "list",
    of: { type: "text" },
    least: 1,
    description:
      "Columns of a table that are the text of an extreme classifier, by name or by number from 1, with commas; `text` by default, or the only one that has no labels",
    flag: "--text",
  },
  labelSeparator: {
    type: "text",
    empty: true,
    description:
      "Characters of which each stands between two labels of a table's cell, none where a cell is one label; `;|` by default",
    flag: "--label-separator",
  },
  fieldSeparator: {
    type: "text",
    matches: /^[^"\r\n\u0080-\uffff]$/,
    accepts: "one character of ASCII, such as ;",
    description:
      "What stands between the fields of a table of an extreme classifier; a tab by default if the first line has one, else a comma",
    flag: "--field-separator",
  },
  pieces: {
    type: "integer",
    least: 1,
    description:
      "Pieces of words that an extreme classifier reads in the place of whole words: those of a vocabulary of so many that the texts to train with give, such as 8192, the default of the encoder `bert`; whole words by default of others",
    flag: "--pieces",
  },
  labelText: {
    type: "boolean",
    description:
      "Whether the text or the features of each label are one more row to train an extreme classifier with; false by default",
    flag: "--label-text",
  },
  cache: {
    type: "text",
    description:
      "Folder in which what is read of very many labels is kept for the next time, or `user` for that of the user; nothing is kept by default",
    flag: "--cache",
  },
} as const satisfies Options;

/** Options of a training that an extreme classifier alone has. */
export const LEARNING_MANY_LABELS = {
  propensityWeights: {
    type: "boolean",
    description:
      "Whether each of very many labels weighs its inverse propensity too where it applies (`--propensities`), so that rare ones count for more; false by default",
    flag: "--propensity-weights",
  },
  auxiliaryShare: {
    type: "number",
    above: 0,
    below: 1,
    description:
      "Share of the loss that clusters of labels have at first (`--auxiliary`), which falls to 0 with a cosine; 0.4 by default",
    flag: "--auxiliary-share",
  },
  auxiliaryEpochs: {
    type: "integer",
    least: 1,
    description: "Epochs after which clusters of labels count nothing; half of all by default",
    flag: "--auxiliary-epochs",
  },
} as const satisfies Options;
