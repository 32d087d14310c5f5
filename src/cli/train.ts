/**
 * `filigree train` and `filigree resume`: train a network on a data set.
 *
 * @module
 */
import type { Parallel } from "../parallel/parallel.ts";
import { writeAtomically } from "../runtime/atomic_files.ts";
import { preparationIn } from "../train/description.ts";
import { createRunFolder, openRunFolder, runFolderName } from "../train/run_folder.ts";
import {
  requireApplicable,
  requireOneName,
  requireRewirable,
  requireSavable,
} from "./applicable.ts";
import { resolveTraining } from "./beginning.ts";
import { addConfigFlags, type Flags, layersOf } from "./config/flags.ts";
import { configToml, type Usual } from "./config/load.ts";
import { Command, ValidationError } from "./deps.ts";
import { environmentOf } from "./environment.ts";
import { Progress, standardError } from "./progress.ts";
import { jsonReporter, type Reporter, textReporter } from "./reporter.ts";
import { addReportFlag, reportAsked } from "./report/asked.ts";
import { addRankFlag, onRanks } from "./ranks.ts";
import { readResult, writeResult } from "./result.ts";
import { lackOfRoom, requireCores, requireRoom } from "./room.ts";
import { openingOf } from "./own_data.ts";
import { PLAN_FILE, planText } from "./run_plan.ts";
import { lockRun, readRunToGoOn } from "./runs.ts";
import {
  isWhole,
  openSession,
  type RunParts,
  runSession,
  type Session,
  startOf,
} from "./session.ts";
import { runStopped } from "./stopped.ts";
import type { Verb } from "./verb.ts";
import { requireSameSizes } from "./xmc/same_data.ts";

/** The verb `train`. */
export const trainVerb: Verb = { name: "train", rank: 1, command: trainCommand };

/** The command `train`. */
function trainCommand(): Command {
  const command: Command = new Command();
  command.description("Train a sparse network on a data set, and test it.");
  addConfigFlags(addTrainFlags(command))
    .example("A static pattern of 98 % sparsity", "filigree train --method static --sparsity 0.98")
    .action(async (flags: Flags) => await train(flags));
  return command;
}

/** Adds the flags of a training that are none of its configuration. */
export function addTrainFlags(command: Command): Command {
  return addRankFlag(addPauseFlag(addReportFlag(command)))
    .option("--no-save", "Make no run folder: no metrics and no checkpoints.")
    .option(
      "--dry-run",
      "Print the configuration and the plan: layers, bytes, kernels, operations.",
    );
}

/** Adds the flag of a training that stops before its end. */
function addPauseFlag(command: Command): Command {
  return command.option(
    "--pause-after <count:integer>",
    "Epochs of the run after which it saves and stops before its end; resume goes on with it.",
  );
}

/** The verb `resume`. */
export const resumeVerb: Verb = { name: "resume", rank: 4, command: resumeCommand };

/** The command `resume`. */
function resumeCommand(): Command {
  const command: Command = new Command();
  command
    .description(
      "Go on with an interrupted run, as if it had never stopped, or with one that shall be longer.",
    )
    .arguments("<run:string>")
    .option(
      "--epochs <count:integer>",
      "Epochs that the run shall have in all: more than it was begun with. Schedules are those of the longer run from then on.",
    )
    .action(async (flags: Flags, run: string) =>
      await onRanks(flags, (parallel) => resume(run, flags, parallel))
    );
  return addRankFlag(addPauseFlag(addReportFlag(command)));
}

/**
 * Carries out a training that flags ask for, whichever verb was given them.
 *
 * @param usual What the verb has of its own.
 */
export async function train(flags: Flags, usual: Usual = {}): Promise<void> {
  await onRanks(flags, (parallel) => trainOn(parallel, flags, usual));
}

async function trainOn(parallel: Parallel, flags: Flags, usual: Usual): Promise<void> {
  const reporter = reporterOf(flags, parallel);
  const resolved = await resolveTraining(await layersOf(flags), usual);
  requireApplicable(resolved);
  requireRewirable(resolved);
  requireOneName(resolved);
  if (flags.save === false) requireSavable(resolved);
  const pause = pauseOf(flags);
  const report = await reportAsked(flags);
  requireCores(resolved.config.device.threads, navigator.hardwareConcurrency);
  using session = await openSession(resolved.config, parallel);
  const { config } = session;
  const start = startOf(session);
  const { learning: { model: { parameters } }, device: { backend: { info } } } = session;
  if (flags.dryRun === true) {
    const lack = lackOfRoom(start.plan, parameters, info) ?? [];
    return reporter.plan({ ...start, notes: start.notes.concat(lack) }, configToml(config));
  }
  requireRoom(start.plan, parameters, info);
  if (flags.save === false || parallel.rank > 0) {
    reporter.start(start);
    const saved = flags.save !== false;
    return await finish(undefined, session, { start, reporter, saved, ...pause });
  }
  const { run: { out, name } } = config;
  using folder = await createRunFolder(out ?? `runs/${runFolderName(name, new Date())}`, {
    config: configToml(config),
    environment: await environmentOf(session.device),
    unique: out === undefined,
    files: { ...session.files, [PLAN_FILE]: planText(start) },
  });
  const { path } = folder;
  for (const line of folder.repairs) console.error(line);
  try {
    reporter.start({ ...start, run: path });
    await finish(path, session, { start, reporter, folder, ...pause });
  } catch (error) {
    if (session.trainer.step > 0) throw await runStopped(path, error);
    // Nothing was trained: nothing to go on with.
    await folder.discard();
    throw error;
  }
  await report?.(path);
}

async function resume(run: string, flags: Flags, parallel: Parallel): Promise<void> {
  const reporter = reporterOf(flags, parallel);
  const pause = pauseOf(flags);
  const report = await reportAsked(flags);
  const first = parallel.rank === 0;
  // The others look at the folder when rank 0 has put it in order, and it changes when they have.
  if (!first) parallel.barrier();
  using lock = first ? await lockRun(run) : undefined;
  const epochs = typeof flags.epochs === "number" ? flags.epochs : undefined;
  const { config, checkpoint, folder: path, longer } = await readRunToGoOn(run, epochs);
  if (first) parallel.barrier();
  parallel.barrier();
  const known = checkpoint && preparationIn(checkpoint);
  using session = await openingOf(run, config, () => openSession(config, parallel, known));
  const start = startOf(session);
  requireRoom(start.plan, session.learning.model.parameters, session.device.backend.info);
  const result = await readResult(path);
  if (result !== undefined && isWhole(result, session, checkpoint)) {
    const { accuracy: _, ranks = 1, ...rest } = result;
    reporter.done({ ...rest, ranks, bytes: start.plan.bytes });
    return await report?.(path);
  }
  if (checkpoint !== undefined) {
    requireSameSizes(run, config.data.name, checkpoint, session.data.train);
    await session.trainer.restore(checkpoint);
  }
  const saved = checkpoint === undefined ? {} : { checkpoint };
  const parts = { start, reporter, longer, ...pause, ...saved };
  if (lock === undefined) {
    await runSession(session, { ...parts, saved: true });
    return;
  }
  using folder = await openRunFolder(path, session.trainer.step, lock);
  for (const line of folder.repairs) console.error(line);
  await writeAtomically(`${path}/${PLAN_FILE}`, planText(start), "plan");
  reporter.start({ ...start, run: path });
  try {
    await finish(path, session, { ...parts, folder });
  } catch (error) {
    throw await runStopped(path, error);
  }
  await report?.(path);
}

/** Trains until the run ends or pauses, leaves its result in the folder if it has one, and reports what became of it. */
async function finish(path: string | undefined, session: Session, parts: RunParts): Promise<void> {
  const { reporter, pauseAfter } = parts;
  const done = await runSession(session, parts);
  if (done !== undefined) {
    if (path !== undefined) await writeResult(path, done);
    reporter.done(done);
  } else if (path !== undefined && pauseAfter !== undefined) {
    reporter.paused({ run: path, after: pauseAfter, epochs: session.config.train.epochs });
  }
}

/** Where a run is asked to pause, if it is. */
function pauseOf({ pauseAfter, save }: Flags): Pick<RunParts, "pauseAfter"> {
  if (typeof pauseAfter !== "number") return {};
  if (!(pauseAfter >= 1)) {
    throw new ValidationError(
      `Option "--pause-after" is ${pauseAfter}; expected a number of epochs, 1 at least.`,
    );
  }
  if (save === false) {
    throw new ValidationError(
      'Option "--pause-after" needs a run folder to go on from; expected it without --no-save.',
    );
  }
  return { pauseAfter };
}

/** Rank 0 alone reports. */
function reporterOf({ json, quiet, verbose }: Flags, { rank }: Parallel): Reporter {
  if (rank > 0) return jsonReporter({ quiet: true, print() {} });
  const amount = { quiet: quiet === true, verbose: verbose === true };
  if (json === true) return jsonReporter(amount);
  return textReporter(new Progress(standardError()), amount);
}
