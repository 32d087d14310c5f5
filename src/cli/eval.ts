/**
 * `filigree eval`: what a trained model is worth.
 *
 * @module
 */
import { preparedLike } from "../data/examples_source.ts";
import type { SourcePreparation } from "../data/preparation.ts";
import { isOfSentences } from "../data/tokens/labelled.ts";
import { isOfWindows } from "../data/tokens/token_windows.ts";
import type { TrainingData } from "../data/training_data.ts";
import { CheckpointError } from "../train/errors.ts";
import type { Flags } from "./config/flags.ts";
import { resolveConfig } from "./config/load.ts";
import { openToTest } from "./data.ts";
import { bold, Command } from "./deps.ts";
import { grouped } from "./grouped.ts";
import { allOf, mainOf, written } from "./measures.ts";
import { openOwnSentences, openSentences } from "./fine_tuning.ts";
import { addDeviceFlag, openModel, openOwnData, targetIn } from "./model.ts";
import { Output } from "./output.ts";
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
  const stored = await examplesFor(saved, flags.data, preparation);
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

/** The examples that `--data` names, or those of the run. */
async function examplesFor(
  saved: SavedModel,
  name: unknown,
  preparation: SourcePreparation,
): Promise<TrainingData> {
  const { checkpoint, config } = saved;
  if (typeof name !== "string" && config === undefined) {
    throw new CheckpointError(
      checkpoint.path,
      "it does not say what it was trained with; expected one of a run, or --data",
    );
  }
  if (isOfSentences(preparation)) {
    return typeof name === "string" || config === undefined
      ? await openSentences(String(name), preparation)
      : await openOwnSentences(config, preparation);
  }
  if ("kind" in preparation && preparation.kind === "pretraining") {
    const { data } = config ?? resolveConfig([]);
    const { inputs: positions = data.positions } = preparation;
    const { test } = await openCorpusOf(
      { data: { ...data, positions } },
      String(name ?? data.name),
    );
    return test;
  }
  if (isOfWindows(preparation)) {
    const { data } = config ?? resolveConfig([]);
    const { inputs: positions } = preparation;
    const asked = { data: { ...data, positions } };
    return (await openWindowsOf(asked, String(name ?? data.name))).test;
  }
  if (typeof name !== "string" && config !== undefined) return (await openOwnData(config)).test;
  return await openToTest(String(name), config?.data, targetIn(saved, preparation));
}
