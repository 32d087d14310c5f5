/**
 * One call of {@linkcode Trainer.fit}: steps, rewirings and what they say, in an order that depends on where the run stands
 * alone. Whoever saves on an event and goes on later gets the events after it.
 *
 * @module
 */
import type { Augmentation } from "../data/augment.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Batch, Source } from "../data/source.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import { rateAt } from "../optim/schedule.ts";
import { RING_SIZE } from "../program/program.ts";
import type { Clock, UpdatePart } from "../program/trace.ts";
import { RankStoppedError } from "./agreement.ts";
import { Ahead } from "./ahead.ts";
import type { Evaluation } from "./evaluate.ts";
import type { EpochEvent, RewireEvent, StepEvent, TrainEvent } from "./events.ts";
import type { Suspects } from "./finite.ts";
import { requireWithin } from "./limits.ts";
import { arraysOf } from "./objective.ts";
import { Pace } from "./pace.ts";
import { type Run, RunLog } from "./run.ts";
import type { RewireReport, Topology } from "./topology.ts";
import type { StepShare } from "./step_share.ts";
import type { StepProgram } from "./update.ts";

/** Options of {@linkcode Trainer.fit}. */
export interface FitOptions {
  /** Passes over the data. */
  readonly epochs: number;
  /** Examples in a batch. */
  readonly batchSize: number;
  /**
   * Batches in a step; 1 by default. Their gradients are summed on the device and averaged over the examples, so that a
   * step is that of a batch `accumulate` times as large; batch normalisation still normalises by each batch, and
   * weights of classes or of masked words are divided by those of each batch. The last step of an epoch may have fewer.
   */
  readonly accumulate?: number;
  /** How the pictures of a data set are changed for training, in order; not at all by default. A source does it itself. */
  readonly augment?: readonly Augmentation[];
  /** How the examples of a data set of classes are mixed for training: see `SourceOptions`; not at all by default. */
  readonly mixup?: number;
  /** Steps between two events of kind `step`: how often losses are read from the device. 50 by default. */
  readonly logEvery?: number;
  /** Examples to evaluate at the end of every epoch; none by default. See `splitDataset`. */
  readonly validation?: Dataset | Source;
  /** Ends the training between two steps: the loop then throws the signal's reason. The trainer can be saved afterwards. */
  readonly signal?: AbortSignal;
  /** Whether a run that was restored may get more epochs than it was begun with; false by default. */
  readonly extend?: boolean;
}

/** Where a trainer stands, over all its runs. */
export interface Position {
  /** Steps carried out. */
  step: number;
  /** Epochs begun. */
  epochs: number;
}

/** What a call of fit works with. */
export interface FitParts extends Suspects {
  /** How weights change. */
  readonly optimizer: Optimizer;
  /** Where batches come from. */
  readonly source: Source;
  /** Examples to evaluate, prepared like those to train with. */
  readonly validation: Source | undefined;
  /** Names of the arrays that a step takes, in order. */
  readonly inputs: readonly string[];
  /** Seed of the data order. */
  readonly seed: number;
  /** The compiled step. */
  readonly program: StepProgram;
  /** What this process does of the batches of a step. */
  readonly share: StepShare;
  /** Whether it is one of several ranks: then all stop together. */
  readonly ranked: boolean;
  /** The patterns. */
  readonly topology: Topology;
  /** Where the trainer stands; moves with every step. */
  readonly position: Position;
  /** Evaluates the model as it is. */
  evaluate(data: Source): Promise<Evaluation>;
  /** Throws if the trainer has done something else meanwhile. */
  requireCurrent(): void;
}

/** One call of {@linkcode Trainer.fit}. */
export class Fit {
  /** Its losses. */
  readonly log: RunLog;
  readonly #parts: FitParts;
  readonly #options: FitOptions;
  readonly #accumulate: number;
  /** Steps of an epoch. */
  readonly #steps: number;
  /** Examples of every step but the last one of an epoch. */
  readonly #full: number;
  readonly #pace = new Pace();
  #batches: Ahead | undefined;
  #since = performance.now();
  /** Whether this process has had something to do in the present step. */
  #taken = false;
  /** Whether a rank was asked to stop. */
  #stops = false;

  /** Goes on with a run. */
  constructor(parts: FitParts, run: Run, options: FitOptions) {
    const { source, validation, inputs, program } = parts;
    const { batchSize, accumulate = 1 } = options;
    this.#parts = parts;
    this.#options = options;
    this.#accumulate = accumulate;
    requireWithin("train", source, inputs, program.takes);
    // Not after an epoch only.
    if (validation !== undefined) requireWithin("validate", validation, inputs, program.takes);
    this.#steps = stepsOf(source, batchSize, accumulate);
    this.#full = Math.min(source.examples, accumulate * batchSize);
    this.log = new RunLog(run, program, parts);
  }

  /** What happens, from where the run stands to its end. */
  async *events(): AsyncGenerator<TrainEvent> {
    const { requireCurrent } = this.#parts;
    try {
      while (true) {
        for await (const event of this.#owed()) {
          yield event;
          requireCurrent();
        }
        if (this.log.run.ended === this.#options.epochs) return;
        if (this.#pace.due) await this.#pace.turn();
        this.#requireWanted();
        const rewired = await this.#step();
        if (rewired === undefined) continue;
        yield rewired;
        requireCurrent();
      }
    } finally {
      await this.#batches?.close();
    }
  }

  /** Throws once the training shall end: of several ranks after the same step, whichever was asked. */
  #requireWanted(): void {
    const { signal } = this.#options;
    if (this.#parts.ranked && !this.#stops) return;
    signal?.throwIfAborted();
    if (this.#stops) throw new RankStoppedError("Stopped, as another rank was asked to");
  }

  /** What the last step has left to say: losses that are due, the end of an epoch. */
  async *#owed(): AsyncGenerator<StepEvent | EpochEvent> {
    const { run } = this.log;
    const { step } = this.#parts.position;
    const { logEvery = 50, epochs } = this.#options;
    const done = step - run.first;
    const whole = run.ended < epochs && done === (run.ended + 1) * this.#steps;
    const due = whole || done % Math.min(logEvery, RING_SIZE) === 0;
    if (due && run.reported < step) {
      // First: whoever saves on the event must not get it again.
      run.reported = step;
      const event = await this.#report();
      if (event !== undefined) yield event;
    }
    if (whole) yield await this.#endEpoch();
  }

  async #report(): Promise<StepEvent | undefined> {
    const read = await this.log.report();
    if (read === undefined) return undefined;
    const { optimizer, topology: { density }, position: { step } } = this.#parts;
    const totalSteps = this.#totalSteps;
    const learningRate = rateAt(optimizer.learningRate, step - 1, totalSteps);
    const { ended: epoch } = this.log.run;
    return { kind: "step", step, totalSteps, epoch, learningRate, density, ...read };
  }

  async #endEpoch(): Promise<EpochEvent> {
    const { validation } = this.#parts;
    const { ended: epoch } = this.log.run;
    // The time of the epoch is that of its steps.
    const seconds = (performance.now() - this.#since) / 1000;
    const measured = validation === undefined ? undefined : await this.#parts.evaluate(validation);
    // Of which none is left, or this throws.
    await this.#batches?.next();
    const loss = this.log.endEpoch();
    await this.#batches?.close();
    this.#batches = undefined;
    this.#since = performance.now();
    return {
      ...{ kind: "epoch", epoch, loss, seconds },
      ...(measured === undefined ? {} : { validation: measured }),
    };
  }

  get #totalSteps(): number {
    return this.log.run.first + this.#options.epochs * this.#steps;
  }

  /** One step: its batches, after a rewiring if one is due. */
  async #step(): Promise<RewireEvent | undefined> {
    const { source, inputs: names, position } = this.#parts;
    const { batchSize } = this.#options;
    const { run } = this.log;
    const clock = { step: position.step, totalSteps: this.#totalSteps };
    const skipped = this.#accumulate * (position.step - run.first - run.ended * this.#steps);
    const total = Math.min(source.examples - skipped * batchSize, this.#accumulate * batchSize);
    let report: RewireReport | undefined;
    let spent = 0;
    for (let before = 0, number = 0; before < total; number++) {
      const batches = this.#batches ??= this.#openEpoch(skipped);
      const next = batches.next();
      const batch = next instanceof Promise ? await next : next;
      // Not before all are there: they are counted.
      if (batch === undefined) break;
      const { examples } = batch;
      if (before === 0) {
        report = await this.#maybeRewire(
          arraysOf(names, batch),
          { ...clock, part: { before, total } },
          examples,
        );
        spent = report?.spentBatch === true ? examples : 0;
        if (report?.loss !== undefined) this.log.score(report.loss, examples);
      }
      if (before >= spent) {
        const part = { before: before - spent, total: total - spent };
        const taking = this.#take(batch, number, { ...clock, part });
        if (taking instanceof Promise) await taking;
      }
      batches.makeNext();
      before += examples;
      this.log.count(examples);
    }
    if (total > spent) await this.#endStep(clock, total - spent);
    position.step++;
    // Only now: whoever saves on this event must not rewire again when the run goes on.
    return report === undefined ? undefined : { kind: "rewire", step: clock.step, ...report };
  }

  /** Does what this process has to do of a batch. */
  #take(
    batch: Batch,
    number: number,
    clock: Clock & { readonly part: UpdatePart },
  ): void | Promise<void> {
    const { inputs: names, program, share } = this.#parts;
    const { before, total } = clock.part;
    const isLast = before + batch.examples >= total;
    const portion = share.of(batch, number) ??
      (isLast && !this.#taken ? share.idle(batch) : undefined);
    if (portion === undefined) return;
    this.#taken = true;
    const part = { before: before + portion.begin, total, counts: portion.counts };
    const { examples } = portion.batch;
    const inUpdate = { ...clock, part, share: total / this.#full };
    return program.run(arraysOf(names, portion.batch), inUpdate, examples);
  }

  async #endStep(clock: Clock, examples: number): Promise<void> {
    this.#taken = false;
    const stop = this.#options.signal?.aborted === true;
    const inUpdate = { ...clock, share: examples / this.#full };
    this.#stops = await this.#parts.program.end(inUpdate, examples, stop);
  }

  /** Begins the present epoch, of which some batches are over. */
  #openEpoch(skip: number): Ahead {
    const { source, position, seed } = this.#parts;
    const { batchSize } = this.#options;
    const { run } = this.log;
    const epoch = run.firstEpoch + run.ended;
    position.epochs = Math.max(position.epochs, epoch + 1);
    return new Ahead(source, epoch, { batchSize, seed, shuffle: true, skip });
  }

  /** Rewires if it is time to. That a rewiring fails may only show that the training has diverged before. */
  async #maybeRewire(
    ...[inputs, clock, examples]: Parameters<Topology["maybeRewire"]>
  ): Promise<RewireReport | undefined> {
    try {
      return await this.#parts.topology.maybeRewire(inputs, clock, examples);
    } catch (error) {
      await this.log.collect();
      throw error;
    }
  }
}

/** Steps of an epoch. */
export function stepsOf(
  { examples }: Pick<Source, "examples">,
  batchSize: number,
  accumulate: number,
): number {
  return Math.ceil(Math.ceil(examples / batchSize) / accumulate);
}

/**
 * Checks what can be checked before anything is compiled.
 *
 * @throws {RangeError} if a number is not a whole one above 0.
 */
export function checkFitOptions(options: FitOptions): void {
  const { epochs, batchSize, accumulate = 1, logEvery = 50 } = options;
  for (const [name, value] of Object.entries({ epochs, batchSize, accumulate, logEvery })) {
    if (Number.isInteger(value) && value > 0) continue;
    throw new RangeError(`Cannot train: ${name} is ${value}; expected a whole number above 0`);
  }
}
