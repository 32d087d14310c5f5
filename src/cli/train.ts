/**
 * `filigree train` and `filigree resume`: train a multi-layer perceptron on images.
 *
 * @module
 */
import { writeAtomically } from "../train/files.ts";
import { createRunFolder, openRunFolder, runFolderName } from "../train/run_folder.ts";
import { addConfigFlags, configOf, type Flags } from "./config/flags.ts";
import { configToml } from "./config/load.ts";
import type { Config } from "./config/schema.ts";
import { Command, ValidationError } from "./deps.ts";
import { environmentOf } from "./environment.ts";
import { Progress, standardError } from "./progress.ts";
import { type Done, jsonReporter, type Reporter, textReporter } from "./report.ts";
import { readRun } from "./runs.ts";
import { openSession, runSession, startOf } from "./session.ts";

/** The command `train`. */
export function trainCommand(): Command {
  const command: Command = new Command();
  command.description("Train a sparse multi-layer perceptron on images and test it.");
  addConfigFlags(command);
  command
    .option("--no-save", "Make no run folder: no metrics and no checkpoints.")
    .option("--dry-run", "Print the configuration and the plan: layers, device bytes, kernels.")
    .option("--json", "Print one JSON object per line.")
    .option("--quiet", "Print the result alone.")
    .example("A static pattern of 98 % sparsity", "filigree train --method static --sparsity 0.98")
    .action(async (flags: Flags) => await train(flags));
  return command;
}

/** The command `resume`. */
export function resumeCommand(): Command {
  const command: Command = new Command();
  command
    .description("Go on with an interrupted run, as if it had never stopped.")
    .arguments("<run:string>")
    .option("--json", "Print one JSON object per line.")
    .option("--quiet", "Print the result alone.")
    .action(async (flags: Flags, run: string) => await resume(run, flags));
  return command;
}

async function train(flags: Flags): Promise<void> {
  const reporter = reporterOf(flags);
  const config = await configOf(flags);
  using session = await openSession(config);
  const start = startOf(session);
  if (flags.dryRun === true) return reporter.plan(start, configToml(config));
  if (flags.save === false) {
    reporter.start(start);
    return reporter.done(await runSession(session, start, reporter, undefined));
  }
  const path = folderOf(config);
  using folder = await createRunFolder(path, {
    config: configToml(config),
    environment: await environmentOf(session.device),
  });
  reporter.start({ ...start, run: path });
  await finish(path, reporter, await runSession(session, start, reporter, folder));
}

async function resume(run: string, flags: Flags): Promise<void> {
  const reporter = reporterOf(flags);
  const { config, checkpoint, folder: path } = await readRun(run);
  if (path === undefined) {
    throw new ValidationError(
      `Cannot resume "${run}": it is a checkpoint; expected the folder of a run.`,
    );
  }
  using session = await openSession(config);
  await session.trainer.restore(checkpoint);
  using folder = await openRunFolder(path);
  const start = startOf(session);
  reporter.start({ ...start, run: path });
  await finish(path, reporter, await runSession(session, start, reporter, folder));
}

/** Leaves the result in the run's folder, which tells that it came to its end, and reports it. */
async function finish(path: string, reporter: Reporter, done: Done): Promise<void> {
  const { test: { accuracy }, bytes, ...rest } = done;
  const result = JSON.stringify({ accuracy, ...rest, bytes: bytes.total }, null, 2) + "\n";
  await writeAtomically(`${path}/result.json`, result, "result");
  reporter.done(done);
}

function folderOf({ run: { out, name } }: Config): string {
  return out ?? `runs/${runFolderName(name, new Date())}`;
}

function reporterOf({ json, quiet }: Flags): Reporter {
  if (json === true) return jsonReporter();
  return textReporter(new Progress(standardError()), { quiet: quiet === true });
}
