/**
 * A training as the verbs share it: data, device, model and trainer of a configuration, and the loop that reports, saves
 * and can be interrupted.
 *
 * @module
 */
import type { SplitDataset } from "../data/dataset.ts";
import { preparationOf } from "../data/preparation.ts";
import { crossEntropy } from "../ops/cross_entropy.ts";
import { createDevice } from "../ops/device.ts";
import type { Device } from "../program/device.ts";
import type { CheckpointNotes } from "../train/checkpoint.ts";
import type { Metrics } from "../train/metrics_files.ts";
import type { RunFolder, Sink } from "../train/run_folder.ts";
import { Trainer, type TrainEvent } from "../train/trainer.ts";
import { configToml } from "./config/load.ts";
import type { Config } from "./config/schema.ts";
import { openData } from "./data.ts";
import { Interrupt, InterruptedError } from "./interrupt.ts";
import type { Done, Reporter, Start } from "./report.ts";
import { planLayers, traceStep, variantsOf } from "./layer_work.ts";
import { augmentationsOf, type Settings, settingsOf } from "./settings.ts";

/** What a configuration makes. */
export interface Session extends Disposable {
  /** What it was made of. */
  readonly config: Config;
  /** Examples. */
  readonly data: SplitDataset;
  /** Model, optimizer, method. */
  readonly settings: Settings;
  /** Where it trains. */
  readonly device: Device;
  /** What trains it. */
  readonly trainer: Trainer;
}

/** Opens the data and the device of a configuration. Dispose of the session to close the device. */
export async function openSession(config: Config): Promise<Session> {
  const { run: { seed }, data: { labels }, train: { labelSmoothing } } = config;
  const data = await openData(config.data.name, labels);
  const settings = settingsOf(config, preparationOf(data.train));
  const { name: prefer, threads } = config.device;
  const device = await createDevice({
    prefer,
    seed,
    ...(threads === undefined ? {} : { threads }),
  });
  const { model, optimizer, method } = settings;
  const trainer = new Trainer({
    device,
    model,
    optimizer,
    seed,
    loss: (output, target) => crossEntropy(output, target, { smoothing: labelSmoothing }),
    ...(method === undefined ? {} : { method }),
  });
  return {
    config,
    data,
    settings,
    device,
    trainer,
    [Symbol.dispose]: () => device.close(),
  };
}

/** What is known before the first step. */
export function startOf(session: Session): Start {
  const { config, data, device, trainer, settings: { model, method } } = session;
  const { examples } = data.train;
  const { batch: batchSize, accumulate } = config.train;
  const step = traceStep(session);
  return {
    device: device.name,
    description: device.backend.info.description,
    reason: device.reason,
    data: config.data.name,
    examples,
    method: method?.name ?? "dense",
    layers: planLayers(step, model.weights),
    variants: variantsOf(device, step),
    plan: trainer.plan({ ...data.train, batchSize, accumulate }),
  };
}

/** The text fields of a session's checkpoints: what `resume` and the other verbs need to make it again. */
function notesOf({ config }: Session): CheckpointNotes {
  return { config: configToml(config) };
}

/**
 * Trains to the end and tests.
 *
 * @param start What {@linkcode startOf} said.
 * @param folder Where metrics and checkpoints go; nowhere if absent.
 * @throws {InterruptedError} after Ctrl-C; what was trained is saved before.
 */
export async function runSession(
  session: Session,
  { plan }: Start,
  reporter: Reporter,
  folder: RunFolder | undefined,
): Promise<Done> {
  const { config: { train: settings }, data, trainer } = session;
  const { epochs, batch: batchSize, accumulate, checkpointEvery } = settings;
  using interrupt = new Interrupt();
  const begin = performance.now();
  const elapsed = (): number => (performance.now() - begin) / 1000;
  const first = trainer.step;
  // Tests and checkpoints between the steps.
  let beside = 0;
  const test = new Test(session);
  const saves = folder === undefined ? undefined : new Saves(session, folder, test, reporter);
  let loss = trainer.epochLoss;
  // Reports come at the steps of checkpoints too.
  const logEvery = checkpointEvery === undefined
    ? reporter.logEvery
    : greatestDivisor(reporter.logEvery, checkpointEvery);
  try {
    const augment = augmentationsOf(session.config);
    const options = { epochs, batchSize, accumulate, augment, logEvery };
    for await (const event of trainer.fit(data.train, options)) {
      if (event.kind === "epoch") loss = event.loss;
      reporter.event(event, elapsed());
      const before = performance.now();
      await saves?.event(event, elapsed());
      beside += performance.now() - before;
      await interrupt.check();
    }
  } catch (error) {
    if (error instanceof InterruptedError) await saves?.save();
    throw error;
  }
  const seconds = elapsed();
  const accuracy = await test.accuracy();
  return {
    test: { accuracy },
    loss,
    sparsity: trainer.topology.sparsity,
    hash: trainer.topology.hash,
    bytes: plan.bytes,
    device: session.device.name,
    seconds,
    stepMs: (1000 * seconds - beside) / Math.max(1, trainer.step - first),
  };
}

/** The accuracy on the test set, computed once for a step: the last epoch's is that of the result. */
class Test {
  readonly #session: Session;
  #step = -1;
  #accuracy = NaN;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Of the model as it is now. */
  async accuracy(): Promise<number> {
    const { trainer, data } = this.#session;
    if (this.#step !== trainer.step) {
      this.#accuracy = (await trainer.evaluate(data.test)).accuracy;
      this.#step = trainer.step;
    }
    return this.#accuracy;
  }
}

/** Metrics and checkpoints of a run in its folder. */
class Saves {
  readonly #session: Session;
  readonly #folder: RunFolder;
  readonly #sink: Sink;
  readonly #test: Test;
  readonly #reporter: Reporter;
  #saved = -1;

  constructor(session: Session, folder: RunFolder, test: Test, reporter: Reporter) {
    this.#session = session;
    this.#reporter = reporter;
    this.#test = test;
    this.#folder = folder;
    this.#sink = folder.sink;
  }

  /** Writes what an event says, and a checkpoint if one is due. */
  async event(event: TrainEvent, seconds: number): Promise<void> {
    const { trainer, config: { train: { checkpointEvery, epochs } } } = this.#session;
    const { step } = trainer;
    if (event.kind === "rewire") return;
    if (event.kind === "step") {
      const { epoch, loss, gradientNorm, learningRate, examplesPerSecond } = event;
      const rates = { learningRate, examplesPerSecond };
      await this.#sink({ step, seconds, epoch, loss, gradientNorm, ...rates });
      if (checkpointEvery !== undefined && step % checkpointEvery === 0) await this.save();
      return;
    }
    const accuracy = await this.#test.accuracy();
    const { epoch, loss } = event;
    const layers = layerMetrics(this.#session);
    await this.#sink({ step, seconds, epoch, epochLoss: loss, accuracy, layers });
    // The last checkpoint is written while the run still knows where it stands: that it came to its end.
    const last = epoch === epochs - 1 && this.#saved !== step;
    const due = checkpointEvery === undefined || last || this.#folder.isBest(accuracy);
    if (due) await this.save(accuracy);
  }

  /** Writes a checkpoint and removes the oldest. */
  async save(accuracy?: number): Promise<void> {
    const { trainer, config: { train: { keep } } } = this.#session;
    const score = accuracy === undefined ? {} : { accuracy: String(accuracy) };
    const notes = { ...notesOf(this.#session), ...score };
    const path = this.#folder.checkpointPath(trainer.step);
    await trainer.save(path, notes);
    this.#reporter.saved(path);
    await this.#folder.prune(keep, trainer.step, accuracy);
    this.#saved = trainer.step;
  }
}

/** What metrics say of each sparse layer. */
function layerMetrics({ trainer }: Session): Metrics[string] {
  return Object.fromEntries(
    trainer.topology.statistics().map((statistics) => {
      const { label, density, liveRows, fanIn, fanOut, explored, replacedYoung } = statistics;
      return [label, { density, liveRows, fanIn, fanOut, explored, replacedYoung }];
    }),
  );
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
