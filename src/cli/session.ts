/**
 * A training as the verbs share it: data, device, model and trainer of a configuration, and the loop that reports, saves
 * and can be interrupted.
 *
 * @module
 */
import { rankingFigures, type RankingScores } from "../data/labels/ranking.ts";
import type { SourcePreparation } from "../data/preparation.ts";
import { arraysIn, kindOfExamples, type TrainingData } from "../data/training_data.ts";
import { createDevice } from "../ops/device.ts";
import type { Parallel } from "../parallel/parallel.ts";
import { toldText } from "../parallel/gather.ts";
import { single } from "../parallel/single.ts";
import type { Device, DeviceOptions } from "../program/device.ts";
import { RankStoppedError } from "../train/agreement.ts";
import { type Checkpoint, readCheckpoint } from "../train/checkpoint.ts";
import { bestPath } from "../train/checkpoints.ts";
import type { Evaluation } from "../train/evaluate.ts";
import type { RunFiles, RunFolder } from "../train/run_folder.ts";
import { CheckpointError } from "../train/errors.ts";
import type { Trainer } from "../train/trainer.ts";
import { trainingIn } from "../train/training.ts";
import type { Config } from "./config/schema.ts";
import { Best, scoreOf } from "./best.ts";
import { type ExampleParts, examplesOf } from "./examples.ts";
import { Interrupt, InterruptedError } from "./interrupt.ts";
import type { Done, Reporter, Start } from "./reporter.ts";
import type { RunEvent } from "./run_events.ts";
import { planLayers, repeatNotes, shapesOf, traceStep, variantsOf } from "./layer_work.ts";
import { neverReached, requireSteps, stepsOf, withLength } from "./run_length.ts";
import { trainingFlopsOf } from "./flops.ts";
import type { TransformerWork } from "../models/flops.ts";
import { hasSizes, isDecoder, isEncoder, isRanker } from "./applicable.ts";
import { deviceOptionsOf } from "./device_options.ts";
import { openDecoder } from "./windows.ts";
import { openFineTuning } from "./fine_tuning.ts";
import { type Learning, learning } from "./learning.ts";
import { openPretraining } from "./pretraining.ts";
import { masterNotes } from "./masters.ts";
import { changesOf, learningRateOf, type Settings, settingsOf } from "./settings.ts";
import { classWeightsOf, taskNotes, taskOf } from "./task.ts";
import { threadsOfRank } from "./ranks.ts";
import { Saves } from "./saves.ts";
import { openRanking } from "./xmc/open.ts";

/** What a configuration makes, before there is a device. */
export interface Opened extends Pick<Settings, "optimizer" | "method"> {
  /** What it was made of, with the defaults that follow from the data. */
  readonly config: Config;
  /** Examples; those of `validation` were set aside if the configuration says so. */
  readonly data: ExampleParts & {
    /** Looked at after every epoch where there is no validation; chooses nothing. */
    readonly watched?: TrainingData;
  };
  /** The model and what it learns. */
  readonly learning: Learning;
  /** What the network is, in a few words. */
  readonly network: string;
  /** Text fields that checkpoints keep. */
  readonly notes: Readonly<Record<string, string>>;
  /** What its training is counted of, where the model is a transformer. */
  readonly work?: TransformerWork;
  /** What belongs to its run, by the names of its files; nothing where absent. */
  readonly files?: RunFiles;
  /** Puts what a run begins with into the model, where that is not drawn, and may say in a line what that is. */
  begin?(device: Device, trainer: Trainer): Promise<string | void>;
}

/** What a configuration makes. */
export interface Session extends Opened, Disposable {
  /** Where it trains. */
  readonly device: Device;
  /** What trains it. */
  readonly trainer: Trainer;
  /** The processes that train it. */
  readonly parallel: Parallel;
}

/**
 * Opens the data and the device of a configuration. Dispose of the session to close the device.
 *
 * @param known What was done to the examples of a training that goes on.
 */
export async function openSession(
  asked: Config,
  parallel: Parallel,
  known?: SourcePreparation,
): Promise<Session> {
  const opened = await openParts(asked, parallel, known);
  const { threads = threadsOfRank(navigator.hardwareConcurrency), ...options } = deviceOptionsOf(
    opened.config,
  );
  const shared = parallel.size === 1 ? deviceOptionsOf(opened.config) : { ...options, threads };
  return await sessionOf(opened, shared, parallel);
}

/** Opens a device for what a configuration makes. Dispose of the session to close it. */
export async function sessionOf(
  opened: Opened,
  options: DeviceOptions,
  parallel: Parallel = single(),
): Promise<Session> {
  const { config: { run: { seed }, model }, learning, optimizer, method } = opened;
  const device = await createDevice(options);
  const parts = {
    ...{ device, optimizer, seed, parallel, syncBatchNorm: model.syncBatchNorm === true },
    ...(method === undefined ? {} : { method }),
  };
  return {
    ...{ ...opened, device, parallel },
    trainer: learning.trainer(parts),
    [Symbol.dispose]: () => device.close(),
  };
}

/** What examples are worth to the model of a session: loss and metrics, and how it ranks very many labels. */
export async function measure(
  { trainer, device, learning }: Pick<Session, "trainer" | "device" | "learning">,
  data: TrainingData,
): Promise<{ readonly evaluation: Evaluation } & Pick<RankingScores, "bins" | "propensity">> {
  const evaluation = await trainer.evaluate(data);
  const ranked = await learning.rank?.(device, data);
  if (ranked === undefined) return { evaluation };
  const { bins, propensity } = ranked;
  return {
    evaluation: { ...rankingFigures(ranked), ...evaluation },
    ...(bins === undefined ? {} : { bins }),
    ...(propensity === undefined ? {} : { propensity }),
  };
}

/**
 * What a configuration asks for: an encoder is pre-trained, unless it begins with another one. Opens no device.
 *
 * @param parallel The ranks that train it; one process by default.
 * @param known What was done to the examples with features of a training that goes on.
 */
export async function openParts(
  config: Config,
  parallel: Parallel = single(),
  known?: SourcePreparation,
): Promise<Opened> {
  if (isDecoder(config)) return await openDecoder(config);
  if (isRanker(config)) return await openRanking(config, { parallel });
  if (!isEncoder(config)) return await openTraining(config, known);
  return await (config.model.from === undefined ? openPretraining : openFineTuning)(config);
}

/** What a training makes of examples with features. */
async function openTraining(asked: Config, known?: SourcePreparation): Promise<Opened> {
  const data = await examplesOf(asked, known);
  const config = withLength(asked, data.train.examples);
  requireSteps(config, data.train.examples);
  const kind = kindOfExamples(data.train);
  const { model, ...settings } = settingsOf(config, kind);
  const task = taskOf(config, kind.target, await classWeightsOf(config, data.train));
  const learnt = learning({ model, task: task.task });
  return { config, data, ...settings, learning: learnt, notes: taskNotes(task) };
}

/** What is known before the first step. */
export function startOf(session: Session): Start {
  const { config, data, device, trainer, learning: { model, name: task }, method, work } = session;
  const { examples } = data.train;
  const { epochs, batch: batchSize, accumulate } = config.train;
  const step = traceStep(session);
  const layers = planLayers(step, model.weights);
  const steps = stepsOf(config, examples);
  return {
    device: device.name,
    description: device.backend.info.description,
    reason: device.reason,
    data: config.data.name,
    examples,
    network: hasSizes(config) || isRanker(config) ? session.network : shapesOf(layers),
    method: method?.name ?? "dense",
    ...{ epochs, steps },
    learningRate: learningRateOf(config),
    layers,
    variants: variantsOf(device, step),
    ...(work === undefined ? {} : trainingFlopsOf(work, method, { examples, epochs, steps })),
    notes: [
      ...neverReached(config, {
        examples,
        sparse: model.weights.some(({ sparse }) => sparse !== undefined),
        cores: navigator.hardwareConcurrency,
      }),
      ...masterNotes(session),
      ...repeatNotes(model.weights),
    ],
    plan: trainer.plan({
      inputs: arraysIn(data.train, config.data),
      task,
      ...{ batchSize, accumulate },
    }),
  };
}

/** Where a run begins and what becomes of it. */
export interface RunParts {
  /** What {@linkcode startOf} said. */
  readonly start: Start;
  /** Takes what happens. */
  readonly reporter: Reporter;
  /** Where metrics and checkpoints go; nowhere if absent. */
  readonly folder?: RunFolder;
  /** Whether rank 0 has such a folder; as this process has one by default. */
  readonly saved?: boolean;
  /** The checkpoint that was restored, if the run goes on. */
  readonly checkpoint?: Checkpoint;
  /** Whether it goes on for more epochs than it was begun with. */
  readonly longer?: boolean;
  /** Epochs after which it saves and stops; its last one by default. */
  readonly pauseAfter?: number;
}

/**
 * Trains to the end and tests: the best checkpoint where there are validation examples and a folder, else the model as it is
 * then. The test examples are used for nothing else.
 *
 * @returns Nothing where the run paused before its end.
 * @throws {InterruptedError} after a signal; what was trained is saved before.
 */
export async function runSession(session: Session, parts: RunParts): Promise<Done | undefined> {
  const { trainer, parallel } = session;
  const { start, reporter, folder, checkpoint, pauseAfter = Infinity } = parts;
  // Of what ranks have in parts each gives its own to a checkpoint.
  const gives = parts.saved === true && session.learning.model.spread !== undefined;
  // Runs of before noted what the examples to test with gave, which choose nothing.
  const best = new Best(session.data.validation === undefined ? undefined : checkpoint);
  if (pausesAfter(endedIn(checkpoint), session, best, pauseAfter)) return undefined;
  const begun = checkpoint === undefined && await session.begin?.(session.device, trainer);
  if (typeof begun === "string") reporter.note(begun);
  using interrupt = new Interrupt();
  const begin = performance.now();
  const elapsed = (): number => (performance.now() - begin) / 1000;
  const first = trainer.step;
  // Checkpoints between the steps.
  let beside = 0;
  const saves = folder !== undefined || gives
    ? new Saves({ session, start, ...folder && { folder }, best, reporter, pauseAfter })
    : undefined;
  let loss = trainer.epochLoss;
  let ended = endedIn(checkpoint);
  try {
    for await (const event of eventsOf(session, best, parts, interrupt.signal)) {
      if (event.kind === "epoch") {
        loss = event.loss;
        ended = event.epoch + 1;
        if (event.validation !== undefined) best.note(event.validation);
      }
      reporter.event(event, elapsed());
      const before = performance.now();
      await saves?.event(event, elapsed());
      beside += performance.now() - before;
      // Several ranks stop after the same step.
      if (parallel.size > 1) await interrupt.listen();
      else await interrupt.check();
      if (event.kind === "epoch" && pausesAfter(event.epoch + 1, session, best, pauseAfter)) {
        return undefined;
      }
    }
  } catch (error) {
    const stop = error instanceof RankStoppedError ? new InterruptedError("SIGTERM", 15) : error;
    // Of what was there before the first step there is a checkpoint, or nothing to save.
    if (stop instanceof InterruptedError && trainer.step > first) await saves?.save();
    throw stop;
  }
  const seconds = elapsed();
  const stepMs = (1000 * seconds - beside) / Math.max(1, trainer.step - first);
  const steps = trainer.step;
  const { trainingFlops, trainingDeviceFlops } = start;
  const validation = await takeBest(session, best, folder);
  const { evaluation: test, ...measured } = await measure(session, session.data.test);
  return {
    ...{ test, ...measured },
    ...validation === undefined ? {} : { validation },
    ...{ loss, epochs: ended, steps, seconds, stepMs },
    sparsity: trainer.topology.sparsity,
    hash: trainer.topology.hash,
    bytes: start.plan.bytes,
    device: session.device.name,
    ranks: parallel.size,
    ...(trainingFlops === undefined ? {} : { trainingFlops }),
    ...(trainingDeviceFlops === undefined ? {} : { trainingDeviceFlops }),
  };
}

/** Epochs that had ended when a checkpoint was written; none without one. */
function endedIn(checkpoint: Checkpoint | undefined): number {
  return checkpoint === undefined ? 0 : trainingIn(checkpoint).run?.ended ?? 0;
}

/** Whether a result is that of the whole run: it has all epochs, or has stopped for good before, as `patience` says. */
export function isWhole(
  { epochs }: Pick<Done, "epochs">,
  { config: { train }, data: { validation } }: Pick<Session, "config" | "data">,
  checkpoint: Checkpoint | undefined,
): boolean {
  if (epochs >= train.epochs) return true;
  return validation !== undefined && new Best(checkpoint).exhausted(train.patience);
}

/** Whether a run stops after so many epochs though it has not come to its end. */
function pausesAfter(ended: number, { config }: Session, best: Best, pauseAfter: number): boolean {
  const { epochs, patience } = config.train;
  return ended >= pauseAfter && ended < epochs && !best.exhausted(patience);
}

/**
 * Takes the weights of the best checkpoint, not where it stood: the run is over. Where that file was lost it is the best of
 * those that are left, or the model as it is.
 *
 * @returns What the model gives on the validation examples, if there are any.
 */
async function takeBest(
  session: Session,
  best: Best,
  folder: RunFolder | undefined,
): Promise<Evaluation | undefined> {
  const { trainer, learning, parallel, data: { validation, test } } = session;
  const { evaluation } = best;
  // What is tested with chooses nothing.
  if (validation === test) return undefined;
  if (evaluation === undefined || best.isLast) return evaluation;
  try {
    // Without a folder there is no model but the last.
    const own = folder === undefined ? undefined : bestPath(folder.path);
    // Ranks that have parts of a model take theirs out of the same file.
    const path = learning.model.spread === undefined ? own : toldText(parallel, own ?? "", 0);
    const checkpoint = path === undefined || path === ""
      ? undefined
      : await trainer.load(await readCheckpoint(path));
    if (checkpoint?.metadata.score === String(scoreOf(evaluation))) return evaluation;
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    console.error(`${error.message}. The model of the last epoch is tested.`);
  }
  return validation === undefined ? undefined : (await measure(session, validation)).evaluation;
}

/** What happens until the last epoch, or until validation says that it is enough. */
async function* eventsOf(
  session: Session,
  best: Best,
  { reporter, longer: extend = false }: RunParts,
  signal: AbortSignal,
): AsyncGenerator<RunEvent> {
  const { config, data, device, learning, trainer } = session;
  const { epochs, batch: batchSize, accumulate, checkpointEvery, patience } = config.train;
  if (best.exhausted(patience)) return;
  const looked = data.validation ?? data.watched;
  const events = trainer.fit(data.train, {
    ...{ epochs, batchSize, accumulate, extend, signal },
    ...changesOf(config),
    // Reports come at the steps of checkpoints too.
    logEvery: checkpointEvery === undefined
      ? reporter.logEvery
      : greatestDivisor(reporter.logEvery, checkpointEvery),
    ...(looked === undefined ? {} : { validation: looked }),
  });
  for await (const event of events) {
    if (event.kind === "epoch" && event.validation !== undefined && looked !== undefined) {
      const { validation, ...others } = event;
      const ranked = await learning.rank?.(device, looked);
      const measured = { ...ranked === undefined ? {} : rankingFigures(ranked), ...validation };
      yield {
        ...others,
        ...(looked === data.validation ? { validation: measured } : { test: measured }),
      };
    } else yield event;
    if (event.kind === "epoch" && best.exhausted(patience)) return;
  }
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
