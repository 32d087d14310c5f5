/**
 * `filigree data`: the data sets that have a name, and whether one can be read.
 *
 * @module
 */
import { listOf } from "../data/columns.ts";
import { isSource } from "../data/source.ts";
import { kindOfExamples, type TrainingData } from "../data/training_data.ts";
import { addLeafFlags, flagLayer, type Flags } from "./config/flags.ts";
import { DATA_SETS } from "./config/choices.ts";
import { resolveConfig } from "./config/load.ts";
import type { Config } from "./config/schema.ts";
import {
  addCorpusOptions,
  corpusLines,
  describeCorpus,
  isCorpusName,
  prepareCorpus,
  requireNoCorpusOptions,
} from "./corpora/prepare.ts";
import { prepareIcons } from "./corpora/icons.ts";
import {
  addManyLabelOptions,
  isManyLabelName,
  type ManyLabelName,
  prepareManyLabels,
  requireNoManyLabelOptions,
} from "./corpora/many_labels.ts";
import { dataPath, openData, requireNone } from "./data.ts";
import { ICONS_FOLDER } from "./data_sets/icons.ts";
import { bold, Command } from "./deps.ts";
import { grouped } from "./grouped.ts";
import { isLabelled, readLabelled, requireClasses } from "./labelled.ts";
import { Output } from "./output.ts";
import { countsOf } from "./task.ts";
import type { Verb } from "./verb.ts";

/** Keys of a configuration that say how data are read. */
const READING = ["data.labels", "data.target", "data.task", "data.header", "data.normalize"];

/** The verb `data`. */
export const verb: Verb = { name: "data", rank: 10, command: dataCommand };

/** The command `data`. */
function dataCommand(): Command {
  const command: Command = new Command();
  command.description("List, fetch and check data sets.")
    .action((flags: Flags) => flags.json === true ? listData(flags) : command.showHelp());
  const list: Command = new Command();
  list.description("List the data sets that have a name.")
    .action((flags: Flags) => listData(flags));
  const prepare: Command = new Command();
  prepare.description(
    "Fetch a data set, so that training finds it; make a corpus, of prose or of text of your own; draw icons; or write data with " +
      "very many labels, wordnet or synthetic, or vectors of words.",
  ).arguments("<name:string>");
  addCorpusOptions(prepare);
  addManyLabelOptions(prepare);
  prepare.action(async (flags: Flags, name: string) => {
    requireNoManyLabelOptions(name, flags);
    if (isCorpusName(name)) await prepareCorpus(name, flags);
    else if (isManyLabelName(name)) await prepareOwnManyLabels(name, flags);
    else if (name === "icons") await prepareOwnIcons(flags);
    else await prepareData(name, flags);
  });
  const check: Command = new Command();
  check.description("Read a data set to the last byte and describe it.")
    .arguments("<name:string>");
  addLeafFlags(check, READING);
  check.action(async (flags: Flags, name: string) => await verifyData(name, flags));
  command.command("list", list);
  command.command("prepare", prepare);
  command.command("verify", check);
  return command;
}

function listData(flags: Flags): void {
  const output = new Output(flags);
  const names = DATA_SETS.map(({ name, description }) => [name, description]);
  output.result(Object.fromEntries(names), () => [
    ...names.map(([name, text]) => output.quiet ? name : `${bold(name.padEnd(8))} ${text}`),
    ...output.quiet ? [] : [
      "In a name's place: a .csv file, or a folder with train.csv and test.csv, with train-features.npy and train-labels.npy " +
      "(or train-targets.npy, test-..., .idx), with the four IDX files of MNIST's build, or with the binary files of CIFAR. " +
      "pretrain reads a corpus, a folder that `data prepare prose` or `data prepare text --from PATH` writes; finetune reads " +
      "labelled text, a line each: the class, a tab, and the sentence. See docs/data.md.",
    ],
  ]);
}

/** Draws the icons. */
async function prepareOwnIcons({ out, ...flags }: Flags): Promise<void> {
  requireNoCorpusOptions("icons", flags);
  const output = new Output(flags);
  const folder = typeof out === "string" ? out : ICONS_FOLDER;
  const counts = await prepareIcons(folder, (line) => output.tell(line));
  output.result({ folder, ...counts }, () => [
    `${bold("icons")} ${folder}: ${counts.classes} classes, ${
      grouped(counts.train)
    } to train and ` +
    `${grouped(counts.test)} to test with`,
  ]);
}

/** Writes data with very many labels. */
async function prepareOwnManyLabels(
  name: ManyLabelName,
  { out, ...flags }: Flags,
): Promise<void> {
  requireNoCorpusOptions(name, flags);
  await prepareManyLabels(name, { ...flags, ...(out === undefined ? {} : { out }) });
}

/** The result is that the files are there. */
async function prepareData(name: string, flags: Flags): Promise<void> {
  requireNoCorpusOptions(name, flags);
  const output = new Output(flags);
  const described = await describe(name, output);
  output.result(described, () => output.quiet ? [] : linesOf(described));
}

async function verifyData(name: string, flags: Flags): Promise<void> {
  const output = new Output(flags);
  const { data } = resolveConfig([flagLayer(flags)]);
  const path = await dataPath(name);
  const corpus = await describeCorpus(path);
  if (corpus !== undefined) return output.result(corpus, () => corpusLines(corpus));
  if (await isLabelled(path)) {
    requireNone(name, data);
    const sentences = await describeLabelled(name);
    return output.result(sentences, () => labelledLines(sentences));
  }
  const described = await describe(name, output, data);
  output.result(described, () => linesOf(described));
}

/** Labelled sentences. */
interface DescribedLabelled extends Required<Pick<Part, "examples" | "perClass" | "classNames">> {
  readonly name: string;
  /** Whether an example is a pair of sentences. */
  readonly pairs: boolean;
}

/** Reads all of a file of labelled sentences, as a fine-tuning does. */
async function describeLabelled(name: string): Promise<DescribedLabelled> {
  const labelled = await readLabelled(name);
  requireClasses(labelled, name);
  const { texts, labels, classNames } = labelled;
  const perClass = new Array<number>(classNames.length).fill(0);
  for (const label of Array.from(labels)) perClass[label]++;
  return { name, examples: texts.length, pairs: texts[0].length === 2, perClass, classNames };
}

function labelledLines({ examples, pairs, perClass, classNames }: DescribedLabelled): string[] {
  const what = pairs ? "pairs of sentences" : "sentences";
  const range = `${Math.min(...perClass)} to ${Math.max(...perClass)}`;
  return [
    `${bold("labelled")} ${grouped(examples)} ${what}, ${classNames.length} classes of ${range}: ` +
    listOf(classNames),
  ];
}

/** One part of a data set. */
interface Part {
  readonly examples: number;
  readonly inputs: number;
  /** What these are below, where they are tokens. */
  readonly vocabulary?: number;
  /** Number of classes; absent where examples have numbers to predict. */
  readonly classes?: number;
  /** Examples of each class. */
  readonly perClass?: readonly number[];
  /** What the classes are called, if they have names. */
  readonly classNames?: readonly string[];
  /** Numbers to predict for an example. */
  readonly outputs?: number;
  /** Whether these say which of several labels apply. */
  readonly multiLabel?: boolean;
  /** Columns of a table that are learnt: their names, or their numbers from 1. */
  readonly target?: readonly string[];
}

/** A data set. */
interface Described {
  readonly name: string;
  readonly train: Part;
  readonly test?: Part;
}

/** Reads all of a data set. */
async function describe(
  name: string,
  output: Output,
  options: Partial<Config["data"]> = {},
): Promise<Described> {
  output.detail(`reading ${await dataPath(name)}`);
  const { train, test } = await openData(name, options);
  const { image } = kindOfExamples(train);
  if (image !== undefined) {
    output.detail(`pictures of ${image.channels} x ${image.height} x ${image.width}`);
  }
  const tests = test === undefined ? {} : { test: await partOf(test) };
  return { name, train: await partOf(train), ...tests };
}

async function partOf(data: TrainingData): Promise<Part> {
  const { examples } = data;
  const { inputs, target, vocabulary } = kindOfExamples(data);
  const table = isSource(data) ? undefined : data.table;
  const columns = table?.targets.map((column) => table.names?.[column] ?? String(column + 1));
  const part = {
    ...{ examples, inputs },
    ...(vocabulary === undefined ? {} : { vocabulary }),
    ...(columns === undefined ? {} : { target: columns }),
  };
  if (target.kind !== "class") {
    return { ...part, outputs: target.outputs, multiLabel: target.kind === "multi-label" };
  }
  const { classes, names } = target;
  const perClass = await countsOf(data, classes);
  return { ...part, classes, perClass, ...(names === undefined ? {} : { classNames: names }) };
}

function linesOf({ train, test }: Described): string[] {
  return Object.entries({ train, ...(test === undefined ? {} : { test }) }).map(
    (
      [
        part,
        { examples, inputs, vocabulary, classes, perClass = [], outputs, multiLabel, target = [] },
      ],
    ) =>
      `${bold(part.padEnd(6))} ${grouped(examples)} examples of ${inputs} ${
        vocabulary === undefined ? "features" : `tokens below ${grouped(vocabulary)}`
      }, ` +
      (classes === undefined
        ? `${outputs} ${multiLabel === true ? "labels that apply or not" : "numbers to predict"}`
        : `${classes} classes of ${Math.min(...perClass)} to ${Math.max(...perClass)}`) +
      (target.length === 0 ? "" : `, in column ${listOf(target)}`),
  );
}
