/**
 * `filigree eval`: what a trained model is worth.
 *
 * @module
 */
import { preparedLike } from "../data/examples_source.ts";
import type { TargetKind } from "../data/preparation.ts";
import type { TrainingData } from "../data/training_data.ts";
import { CheckpointError } from "../train/errors.ts";
import type { Flags } from "./config/flags.ts";
import { resolveConfig } from "./config/load.ts";
import { openToTest } from "./data.ts";
import { bold, Command } from "./deps.ts";
import { allOf, mainOf, written } from "./measures.ts";
import { addDeviceFlag, openModel, openOwnData } from "./model.ts";
import { Output } from "./output.ts";
import { readSaved, type SavedModel } from "./runs.ts";
import { trainerOf } from "./session.ts";
import { optimizerOf } from "./settings.ts";
import { classWeightsIn, taskOf } from "./task.ts";
import type { Verb } from "./verb.ts";

/** The verb `eval`. */
export const verb: Verb = { name: "eval", rank: 3, command: evalCommand };

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
  const { device, model, preparation, target } = open;
  const stored = await examplesFor(saved, flags.data, target);
  const test = preparedLike(stored, preparation);
  const config = saved.config ?? resolveConfig([]);
  const task = taskOf(config, target, classWeightsIn(saved.checkpoint));
  using trainer = trainerOf(config, device, { model, optimizer: optimizerOf(config, 0), task });
  const { loss, ...metrics } = await trainer.evaluate(test);
  const evaluation = { loss, ...metrics };
  const { examples } = test;
  const main = mainOf(evaluation);
  const others = allOf(evaluation, [main.name]);
  output.result({ checkpoint: saved.checkpoint.path, ...evaluation, examples }, () => [
    `test ${main.title} ${bold(written(main, evaluation))}`,
    ...output.quiet ? [] : [`${others}, ${examples.toLocaleString("en")} examples`],
  ]);
}

/** The examples that `--data` names, or those of the run. */
async function examplesFor(
  { checkpoint, config }: SavedModel,
  name: unknown,
  target: TargetKind,
): Promise<TrainingData> {
  if (typeof name === "string") return await openToTest(name, config?.data, target);
  if (config !== undefined) return (await openOwnData(config)).test;
  throw new CheckpointError(
    checkpoint.path,
    "it does not say what it was trained with; expected one of a run, or --data",
  );
}
