/**
 * `filigree data prepare wordnet` and `filigree data prepare synthetic`: data with very many labels, as files; `filigree data prepare
 * vectors`: what their words are like.
 *
 * @module
 */
import { syntheticRows } from "../../data/labels/synthetic.ts";
import { writeSparseText } from "../../data/labels/write.ts";
import type { Flags } from "../config/flags.ts";
import { bold, type Command, ValidationError } from "../deps.ts";
import { requireFreeNames } from "../free_names.ts";
import { grouped } from "../grouped.ts";
import { Output } from "../output.ts";
import { prepareVectors } from "./vectors.ts";
import { prepareWordnet } from "./wordnet.ts";

/** What can be prepared, with the options of each. */
const OPTIONS = {
  wordnet: ["out", "verbs", "labelText"],
  synthetic: ["out", "rows", "manyLabels", "manyFeatures", "seed"],
  vectors: ["out"],
} as const;

/** What can be prepared. */
export type ManyLabelName = keyof typeof OPTIONS;

/** Examples to test with for each one to train with. */
const TEST_SHARE = 0.1;

/** Where each is written in the folder that a program runs in. */
const FOLDER = "corpora";

/** Adds the options to a command. */
export function addManyLabelOptions(command: Command): void {
  command
    .option("--verbs", "Of WordNet: the glosses of verbs alone.")
    .option(
      "--label-text",
      "Of WordNet: the text of each label is one more row to train with, which has that label.",
    )
    .option("--rows <rows:integer>", "Synthetic: examples to train with; 100,000 by default.")
    .option("--many-labels <labels:integer>", "Synthetic: labels; 100,000 by default.")
    .option("--many-features <features:integer>", "Synthetic: features; 50,000 by default.")
    .option("--seed <seed:integer>", "Synthetic: what it is made by; 0 by default.");
}

/** Whether a name is that of data with many labels. */
export function isManyLabelName(name: string): name is ManyLabelName {
  return Object.hasOwn(OPTIONS, name);
}

/**
 * Refuses options of data with many labels for others.
 *
 * @throws {ValidationError} if there is one.
 */
export function requireNoManyLabelOptions(name: string, flags: Flags): void {
  const own: readonly string[] = isManyLabelName(name) ? OPTIONS[name] : [];
  for (const [of, options] of Object.entries(OPTIONS)) {
    const given = options.find((option) =>
      option !== "out" && flags[option] !== undefined && !own.includes(option)
    );
    if (given === undefined) continue;
    const flag = given.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new ValidationError(`Option "--${flag}" applies to ${of}, not to ${name}.`);
  }
}

/**
 * Prepares data with many labels.
 *
 * @throws {ValidationError} if an option does not fit, or the folder has a file that would be written.
 */
export async function prepareManyLabels(name: ManyLabelName, flags: Flags): Promise<void> {
  requireNoManyLabelOptions(name, flags);
  const output = new Output(flags);
  const folder = typeof flags.out === "string" ? flags.out : `${FOLDER}/${name}`;
  if (name === "synthetic") return await prepareSynthetic(folder, flags, output);
  if (name === "vectors") {
    const words = await prepareVectors(folder, (line) => output.tell(line));
    output.result({ folder, words, dimensions: 100 }, () => [
      `${bold("vectors")} ${folder}: ${grouped(words)} words, 100 numbers each`,
    ]);
    return;
  }
  const options = { verbs: flags.verbs === true, labelText: flags.labelText === true };
  const counts = await prepareWordnet(folder, options, (line) => output.tell(line));
  output.result({ folder, ...counts }, () => [
    `${bold("wordnet")} ${folder}: ${grouped(counts.labels)} labels, ${
      grouped(counts.train)
    } rows to train and ` +
    `${grouped(counts.test)} to test with; ${grouped(counts.features)} words`,
  ]);
}

async function prepareSynthetic(folder: string, flags: Flags, output: Output): Promise<void> {
  const option = (name: string, otherwise: number): number =>
    flags[name] === undefined ? otherwise : Number(flags[name]);
  const rows = option("rows", 100_000);
  const sizes = {
    labels: option("manyLabels", 100_000),
    features: option("manyFeatures", 50_000),
    seed: option("seed", 0),
  };
  try {
    const { synthetic, ...train } = syntheticRows({ ...sizes, rows });
    const tested = { ...sizes, rows: Math.max(1, Math.round(TEST_SHARE * rows)), first: rows };
    await requireFreeNames("prepare synthetic in", folder, ["train.txt", "test.txt"]);
    output.tell(`writing ${folder}`);
    await Deno.mkdir(folder, { recursive: true });
    await writeSparseText(`${folder}/train.txt`, train);
    await writeSparseText(`${folder}/test.txt`, syntheticRows(tested));
    const described = { folder, synthetic, train: rows, test: tested.rows };
    output.result(described, () => [
      `${bold("synthetic")} ${folder}: ${grouped(rows)} rows to train and ${
        grouped(tested.rows)
      } to test with; ${synthetic}. ` +
      "They show what training costs, and nothing else.",
    ]);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ValidationError(cause.message, { cause });
  }
}
