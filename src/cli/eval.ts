/**
 * `filigree eval`: what a trained model is worth.
 *
 * @module
 */
import { preparedLike } from "../data/examples_source.ts";
import type { SourcePreparation } from "../data/preparation.ts";
import { isOfSentences } from "../data/tokens/labelled.ts";
import { isOfWindows } from "../data/tokens/token_windows.ts";
import type { SplitData, TestedData, TrainingData } from "../data/training_data.ts";
import { CheckpointError } from "../train/errors.ts";
import type { Flags } from "./config/flags.ts";
import { resolveConfig } from "./config/load.ts";
import type { Config } from "./config/schema.ts";
import { dataPath, openToTest } from "./data.ts";
import { bold, Command } from "./deps.ts";
import { grouped } from "./grouped.ts";
import { allOf, mainOf, written } from "./measures.ts";
import { openOwnSentences, openSentences } from "./fine_tuning.ts";
import { addDeviceFlag, openModel, openOwnData, targetIn } from "./model.ts";
import { Output } from "./output.ts";
import { type OwnData, requireOwn, untrainedOf } from "./own_test.ts";
import { openCorpusOf } from "./pretraining.ts";
import { readSaved, type SavedModel } from "./runs.ts";
import { optimizerOf } from "./settings.ts";
import type { Verb } from "./verb.ts";
import { openWindowsOf } from "./windows.ts";

/** The verb `eval`. */
export const verb: Verb = { name: "eval", rank: 5, command: evalCommand };

/** The command `eval`. */
function evalCommand(): Command {
  const command: Command = new Command();
  command
    .description("Test a trained model: the newest checkpoint of a run, or a checkpoint.")
    .arguments("<run:string>")
    .option("--data <name:string>", "Another data set than the one that it was trained with.");
  addDeviceFlag(command);
  command.action(async (flags: Flags, run: string) => await evaluate(run, flags));
  return command;
}

async function evaluate(run: string, flags: Flags): Promise<void> {
  const output = new Output(flags);
  const saved = await readSaved(run);
  using open = await openModel(saved, flags, output);
  const { device, learning, preparation } = open;
  const tell = (line: string) => output.tell(`note: ${line}`);
  const stored = await examplesFor(saved, flags.data, preparation, tell);
  const test = preparedLike(stored, preparation);
  const config = saved.config ?? resolveConfig([]);
  const { run: { seed } } = config;
  using trainer = learning.trainer({ device, optimizer: optimizerOf(config, 0), seed });
  const { loss, ...metrics } = await trainer.evaluate(test);
  const evaluation = { loss, ...metrics };
  const { examples } = test;
  const main = mainOf(evaluation);
  const others = allOf(evaluation, [main.name]);
  output.result({ checkpoint: saved.checkpoint.path, ...evaluation, examples }, () => [
    `test ${main.title} ${bold(written(main, evaluation))}`,
    ...output.quiet ? [] : [`${others}, ${grouped(examples)} examples`],
  ]);
}

/**
 * The examples to test with: those that `--data` names, without what the run was trained with where it was trained with a part of
 * them; or those of the run.
 */
async function examplesFor(
  saved: SavedModel,
  name: unknown,
  preparation: SourcePreparation,
  tell: (line: string) => void,
): Promise<TrainingData> {
  const { checkpoint, config } = saved;
  if (typeof name === "string") {
    const { train, test } = await openNamed(saved, name, preparation);
    return test ?? await untrainedOf(train, saved);
  }
  if (config === undefined) {
    throw new CheckpointError(
      checkpoint.path,
      "it does not say what it was trained with; expected one of a run, or --data",
    );
  }
  const { train, test, aside } = await openOwn(config, preparation);
  await requireOwn(config.data.name, checkpoint, { train, aside, config }, tell);
  return test;
}

/** The data set that `--data` names. */
async function openNamed(
  saved: SavedModel,
  name: string,
  preparation: SourcePreparation,
): Promise<SplitData> {
  const { config } = saved;
  if (isOfSentences(preparation)) return { train: await openSentences(name, preparation) };
  return await openTexts(config ?? resolveConfig([]), name, preparation) ??
    await openToTest(name, config?.data, targetIn(saved, preparation));
}

/** The data set of a run. */
async function openOwn(config: Config, preparation: SourcePreparation): Promise<OwnData> {
  if (isOfSentences(preparation)) return await openOwnSentences(config, preparation);
  const { name } = config.data;
  const texts = await openTexts(config, name, preparation);
  if (texts === undefined) return await openOwnData(config);
  // The last tenth of a file is tested with; a corpus has a file for that.
  return { ...texts, aside: (await Deno.stat(await dataPath(name))).isFile };
}

/** Texts that a model without labels is tested with; undefined where it has learnt something else. */
async function openTexts(
  { data }: Config,
  name: string,
  preparation: SourcePreparation,
): Promise<TestedData | undefined> {
  if (isOfWindows(preparation)) {
    const asked = { data: { ...data, positions: preparation.inputs } };
    return await openWindowsOf(asked, name);
  }
  if (!("kind" in preparation) || preparation.kind !== "pretraining") return undefined;
  const { inputs: positions = data.positions } = preparation;
  return await openCorpusOf({ data: { ...data, positions } }, name);
}
