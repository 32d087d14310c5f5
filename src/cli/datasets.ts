/**
 * `filigree data`: the data sets that have a name, and whether one can be read.
 *
 * @module
 */
import { listOf } from "../data/columns.ts";
import type { Dataset } from "../data/dataset.ts";
import { addLeafFlags, flagLayer, type Flags } from "./config/flags.ts";
import { DATA_SETS } from "./config/choices.ts";
import { resolveConfig } from "./config/load.ts";
import type { Config } from "./config/schema.ts";
import { dataPath, openData } from "./data.ts";
import { bold, Command } from "./deps.ts";
import { Output } from "./output.ts";
import type { Verb } from "./verb.ts";

/** Keys of a configuration that say how data are read. */
const READING = ["data.labels", "data.target", "data.task", "data.header", "data.normalize"];

/** The verb `data`. */
export const verb: Verb = { name: "data", rank: 7, command: dataCommand };

/** The command `data`. */
function dataCommand(): Command {
  const command: Command = new Command();
  command.description("List, fetch and check data sets.")
    .action((flags: Flags) => flags.json === true ? listData(flags) : command.showHelp());
  const list: Command = new Command();
  list.description("List the data sets that have a name.")
    .action((flags: Flags) => listData(flags));
  const prepare: Command = new Command();
  prepare.description("Fetch a data set, so that training finds it.")
    .arguments("<name:string>")
    .action(async (flags: Flags, name: string) => await prepareData(name, flags));
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
      "See docs/data.md.",
    ],
  ]);
}

/** The result is that the files are there. */
async function prepareData(name: string, flags: Flags): Promise<void> {
  const output = new Output(flags);
  const described = await describe(name, output);
  output.result(described, () => output.quiet ? [] : linesOf(described));
}

async function verifyData(name: string, flags: Flags): Promise<void> {
  const output = new Output(flags);
  const { data } = resolveConfig([flagLayer(flags)]);
  const described = await describe(name, output, data);
  output.result(described, () => linesOf(described));
}

/** One part of a data set. */
interface Part {
  readonly examples: number;
  readonly inputs: number;
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
  const { image } = train;
  if (image !== undefined) {
    output.detail(`pictures of ${image.channels} x ${image.height} x ${image.width}`);
  }
  return { name, train: partOf(train), ...(test === undefined ? {} : { test: partOf(test) }) };
}

function partOf(data: Dataset): Part {
  const { examples, inputs, table } = data;
  const target = table?.targets.map((column) => table.names?.[column] ?? String(column + 1));
  const learnt = target === undefined ? {} : { target };
  if (!("labels" in data)) {
    const { outputs, multiLabel = false } = data;
    return { examples, inputs, outputs, multiLabel, ...learnt };
  }
  const { classes, labels, classNames } = data;
  const perClass = new Array<number>(classes).fill(0);
  for (const label of labels) perClass[label]++;
  return {
    examples,
    inputs,
    classes,
    perClass,
    ...learnt,
    ...(classNames === undefined ? {} : { classNames }),
  };
}

function linesOf({ train, test }: Described): string[] {
  return Object.entries({ train, ...(test === undefined ? {} : { test }) }).map(
    ([part, { examples, inputs, classes, perClass = [], outputs, multiLabel, target = [] }]) =>
      `${bold(part.padEnd(6))} ${examples.toLocaleString("en")} examples of ${inputs} features, ` +
      (classes === undefined
        ? `${outputs} ${multiLabel === true ? "labels that apply or not" : "numbers to predict"}`
        : `${classes} classes of ${Math.min(...perClass)} to ${Math.max(...perClass)}`) +
      (target.length === 0 ? "" : `, in column ${listOf(target)}`),
  );
}
