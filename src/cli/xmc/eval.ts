/**
 * `filigree xmc eval`: how a trained model of very many labels ranks them.
 *
 * @module
 */
import { exists } from "../../runtime/atomic_files.ts";
import { preparationIn } from "../../train/description.ts";
import type { Flags } from "../config/flags.ts";
import { requireFile } from "../data_sets/definition.ts";
import { bold, Command } from "../deps.ts";
import { grouped } from "../grouped.ts";
import { allOf, byPropensity, mainOf, written } from "../measures.ts";
import { addDeviceFlag, deviceOptions } from "../model.ts";
import { openingOf } from "../own_data.ts";
import { Output } from "../output.ts";
import { readRun } from "../runs.ts";
import { measure, sessionOf } from "../session.ts";
import { rankingPreparationIn } from "./data.ts";
import { folderOf, NAMES_FILE } from "./names.ts";
import { openRanking } from "./open.ts";
import { requireKnownRows } from "./same_data.ts";

/** The command `xmc eval`. */
export function evalCommand(): Command {
  const command: Command = new Command();
  command
    .description(
      "Test a trained model of very many labels: the newest checkpoint of a run, or a checkpoint. The examples that it was " +
        "trained with are read again, for how often labels come in them.",
    )
    .arguments("<run:string>")
    .option(
      "--test <path:string>",
      "Another file to test with, in the format of that of the training.",
    );
  addDeviceFlag(command);
  command.action(async (flags: Flags, run: string) => await evaluate(run, flags));
  return command;
}

async function evaluate(run: string, flags: Flags): Promise<void> {
  const output = new Output(flags);
  const saved = await readRun(run);
  const { config, checkpoint } = saved;
  output.detail(`checkpoint ${checkpoint.path}`);
  const like = rankingPreparationIn(checkpoint.path, preparationIn(checkpoint));
  const { test } = flags;
  if (test !== undefined) await requireFile(String(test), 'Option "--test"');
  const other = test === undefined ? {} : { test: String(test) };
  const tell = (line: string) => output.tell(`note: ${line}`);
  const folder = folderOf(saved);
  const known = { like, folder, ...other, tell };
  const opened = await openingOf(run, config, () => openRanking(config, known));
  const lost = like.named !== true
    ? undefined
    : !await exists(`${folder}/${NAMES_FILE}`)
    ? `its run has no "${NAMES_FILE}" any more`
    : opened.files?.[NAMES_FILE] === undefined
    ? "its data no longer say what they are called"
    : undefined;
  const rows = { ...(lost === undefined ? {} : { lost }), other: test !== undefined, tell };
  await requireKnownRows(config.data.name, checkpoint, opened.data.train, rows);
  using session = await sessionOf(opened, deviceOptions(config, flags.device));
  const { device, trainer } = session;
  output.device(device);
  await trainer.load(checkpoint);
  const { evaluation, ...beside } = await measure(session, opened.data.test);
  const { examples } = opened.data.test;
  const bytes = device.backend.allocatedBytes;
  const main = mainOf(evaluation);
  output.result({ checkpoint: checkpoint.path, ...evaluation, examples, bytes, ...beside }, () => [
    `test ${main.title} ${bold(written(main, evaluation))}`,
    ...output.quiet ? [] : [
      `${allOf(evaluation, [main.name])}${byPropensity(beside.propensity)}, ${
        grouped(examples)
      } examples`,
    ],
  ]);
}
