/**
 * What a run leaves in its folder as it goes: metrics and checkpoints.
 *
 * @module
 */
import { connectionBins, patternStatistics } from "../sparse/statistics.ts";
import type { Evaluation } from "../train/evaluate.ts";
import type { RewireEvent } from "../train/events.ts";
import type { Metrics } from "../train/metrics_files.ts";
import type { RunFolder, Sink } from "../train/run_folder.ts";
import { type Best, scoreOf } from "./best.ts";
import { configToml } from "./config/load.ts";
import type { Reporter, Start } from "./reporter.ts";
import { measuredIn, type RunEvent } from "./run_events.ts";
import type { Session } from "./session.ts";

/** Most bins of the rows, and of the inputs, of a layer whose connections metrics say. */
const BINS = 64;

/** How often in a run metrics say where the connections of its layers lie: at rewirings, and at ends of epochs. */
const SAMPLES = 64;

/** Where the connections of a layer lie. */
interface Sample {
  readonly density: number;
  readonly liveRows: number;
  /** Mean connections of the rows in each bin of them. */
  readonly fanInBins: readonly number[];
  /** Mean connections of the inputs in each bin of them. */
  readonly fanOutBins: readonly number[];
}

/** What {@linkcode Saves} writes of, and where. */
export interface SavesParts {
  /** What is trained. */
  readonly session: Session;
  /** What was known before the first step. */
  readonly start: Start;
  /** The run's folder; absent on ranks that give their part of a model to rank 0, which writes. */
  readonly folder?: RunFolder;
  /** The best evaluation so far. */
  readonly best: Best;
  /** Is told of checkpoints. */
  readonly reporter: Reporter;
  /** Epochs after which the run stops before its end; at its end by default. */
  readonly pauseAfter?: number;
}

/** Metrics and checkpoints of a run in its folder, and what another rank does for them. */
export class Saves {
  readonly #session: Session;
  readonly #steps: number;
  readonly #folder: RunFolder | undefined;
  readonly #sink: Sink;
  readonly #best: Best;
  readonly #reporter: Reporter;
  readonly #pauseAfter: number;

  /** Writes nothing yet. */
  constructor({ session, start, folder, best, reporter, pauseAfter = Infinity }: SavesParts) {
    this.#session = session;
    this.#pauseAfter = pauseAfter;
    this.#steps = start.steps;
    this.#reporter = reporter;
    this.#best = best;
    this.#folder = folder;
    this.#sink = folder?.sink ?? (() => {});
  }

  /** Writes what an event says, and a checkpoint if one is due. */
  async event(event: RunEvent, seconds: number): Promise<void> {
    const { trainer, config: { train: { checkpointEvery, epochs, patience } } } = this.#session;
    const { step } = trainer;
    if (event.kind === "rewire") {
      await this.#sink({ step, seconds, rewired: this.#rewired(event) });
      return;
    }
    if (event.kind === "step") {
      const { epoch, loss, gradientNorm, learningRate, examplesPerSecond } = event;
      const rates = { learningRate, examplesPerSecond };
      await this.#sink({ step, seconds, epoch, loss, gradientNorm, ...rates });
      if (checkpointEvery !== undefined && step % checkpointEvery === 0) await this.save();
      return;
    }
    const { epoch, loss: epochLoss, validation } = event;
    const better = validation !== undefined && this.#best.isLast;
    const layers = await this.#layers();
    await this.#sink({ step, seconds, epoch, epochLoss, ...measuredIn(event), layers });
    // The last checkpoint is written while the run still knows where it stands: that it came to its end.
    const last = Math.min(epochs, this.#pauseAfter) - 1;
    const ends = epoch === last || this.#best.exhausted(patience);
    if (checkpointEvery === undefined || better || ends) {
      await this.save(validation);
    }
  }

  /** Writes a checkpoint, a copy of it where it is the best so far, and removes the oldest. */
  async save(validation?: Evaluation): Promise<void> {
    const { trainer, config } = this.#session;
    const score = validation === undefined ? undefined : scoreOf(validation);
    const notes = {
      config: configToml(config),
      ...this.#best.notes,
      ...this.#session.notes,
      ...(score === undefined ? {} : { score: String(score) }),
    };
    if (this.#folder === undefined) return await trainer.save("", notes);
    const path = this.#folder.checkpointPath(trainer.step);
    await trainer.save(path, notes);
    this.#reporter.saved(path);
    await this.#folder.prune(config.train.keep, trainer.step, score);
  }

  /** What metrics say of each layer at a rewiring. */
  #rewired({ layers, step }: RewireEvent): Metrics[string] {
    const due = this.#folder !== undefined &&
      isSampled(step, this.#session.method?.every ?? 1, this.#steps);
    const bins = due ? this.#bins() : undefined;
    return Object.fromEntries(
      layers.map(({ label, dropped, grown, ablated, revived, explored, replacedYoung }) => {
        const changes = { dropped, grown, ablated, revived, explored, replacedYoung };
        return [label, { ...changes, ...bins?.get(label) }];
      }),
    );
  }

  /** What metrics say of each sparse layer at the end of an epoch. */
  async #layers(): Promise<Metrics[string]> {
    const { trainer: { topology, step }, config: { train: { epochs } } } = this.#session;
    const masks = await topology.masks(step);
    const due = isSampled(step, Math.ceil(this.#steps / epochs), this.#steps);
    const bins = due ? this.#bins() : undefined;
    return Object.fromEntries(
      topology.statistics().map((statistics) => {
        const { label, density, liveRows, fanIn, fanOut, explored, replacedYoung } = statistics;
        const shape = { density, liveRows, fanIn, fanOut, explored, replacedYoung };
        return [label, { ...shape, ...masks.get(label), ...bins?.get(label) }];
      }),
    );
  }

  /** Where the connections of each layer lie whose pattern is not a mask of its weights. */
  #bins(): ReadonlyMap<string, Sample> {
    const { learning: { model } } = this.#session;
    return new Map(model.weights.flatMap(({ label, sparse }): [string, Sample][] => {
      if (sparse === undefined || sparse.mask !== undefined || !sparse.drawn) return [];
      const { density, liveRows } = patternStatistics(sparse.pattern);
      const { fanIn, fanOut } = connectionBins(sparse.pattern, BINS);
      const [fanInBins, fanOutBins] = [fanIn, fanOut].map((bins) => bins.map(rounded));
      return [[label, { density, liveRows, fanInBins, fanOutBins }]];
    }));
  }
}

/** Whether what comes every so many steps is one of some {@linkcode SAMPLES} of a run, whatever happened before. */
function isSampled(step: number, every: number, steps: number): boolean {
  return step % Math.ceil(steps / SAMPLES) < every;
}

/** As many digits as a picture shows. */
function rounded(mean: number): number {
  return Number(mean.toFixed(2));
}
