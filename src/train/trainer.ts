/**
 * The trainer: steps, rewirings, losses and evaluation of a model on a data set.
 *
 * @module
 */
import { Batcher } from "../data/batcher.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Method } from "../methods/method.ts";
import type { Layer } from "../nn/layer.ts";
import { accuracy, crossEntropy } from "../ops/cross_entropy.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import { rateAt } from "../optim/schedule.ts";
import { type Device, labels, matrix } from "../program/device.ts";
import type { Plan } from "../program/plan.ts";
import { type InputSpec, type Program, RING_SIZE, type TracedProgram } from "../program/program.ts";
import {
  type Checkpoint,
  type CheckpointNotes,
  type CheckpointParts,
  readCheckpoint,
  restoreCheckpoint,
  saveCheckpoint,
} from "./checkpoint.ts";
import type { Loss } from "./growth_probe.ts";
import { traceGrowthProbe } from "./growth_probe.ts";
import { CheckpointError } from "./safetensors.ts";
import { type RewireReport, Topology } from "./topology.ts";

/** What a {@linkcode Trainer} is made of. */
export interface TrainerOptions {
  /** Where to train. */
  readonly device: Device;
  /** What to train: `[inputs, examples]` to `[classes, examples]`. */
  readonly model: Layer;
  /** How weights change. */
  readonly optimizer: Optimizer;
  /** How patterns change; they stay as they are by default. */
  readonly method?: Method;
  /** What to lower; cross-entropy by default. */
  readonly loss?: Loss;
  /** Seed of the data order and of the rewiring. */
  readonly seed?: number;
}

/** Options of {@linkcode Trainer.fit}. */
export interface FitOptions {
  /** Passes over the data. */
  readonly epochs: number;
  /** Examples in a step. */
  readonly batchSize: number;
  /** Steps between two events of kind `step`: how often losses are read from the device. 50 by default. */
  readonly logEvery?: number;
}

/** Where a call of {@linkcode Trainer.fit} stands, beside what lies on the device. */
interface Run {
  /** Steps before it. */
  readonly first: number;
  /** Sum of the losses of the present epoch that were reported. */
  sum: number;
  /** Their number. */
  count: number;
  /** Losses that were read for a checkpoint and are yet to be reported. */
  pending: number[];
}

/** Losses read from the device. */
export interface StepEvent {
  /** Discriminates the union. */
  readonly kind: "step";
  /** Steps carried out so far. */
  readonly step: number;
  /** Steps of the whole run. */
  readonly totalSteps: number;
  /** Epoch, from 0. */
  readonly epoch: number;
  /** Loss of the last step. */
  readonly loss: number;
  /** Losses of all steps since the last event. */
  readonly losses: Float32Array;
  /** Learning rate of the last step. */
  readonly learningRate: number;
  /** Examples per second since the last event. */
  readonly examplesPerSecond: number;
  /** Active share of the weights of all layers. */
  readonly density: number;
}

/** The end of an epoch. */
export interface EpochEvent {
  /** Discriminates the union. */
  readonly kind: "epoch";
  /** Epoch, from 0. */
  readonly epoch: number;
  /** Mean loss of its steps. */
  readonly loss: number;
  /** Seconds that it took. */
  readonly seconds: number;
}

/** A rewiring. */
export type RewireEvent = RewireReport & {
  /** Discriminates the union. */
  readonly kind: "rewire";
  /** Steps carried out before it. */
  readonly step: number;
};

/** What {@linkcode Trainer.fit} yields. */
export type TrainEvent = StepEvent | EpochEvent | RewireEvent;

/** Result of {@linkcode Trainer.evaluate}. */
export interface Evaluation {
  /** Mean loss. */
  readonly loss: number;
  /** Share of right answers, in [0, 1]. */
  readonly accuracy: number;
}

/**
 * Trains a model.
 *
 * @example
 * ```ts
 * import { adamw, createDevice, fanIn, nn, srigl, Trainer } from "@filigree/filigree";
 *
 * const device = await createDevice({ prefer: "wasm", threads: 1 });
 * const model = nn.sequential(
 *   nn.linear(16, 32, { pattern: fanIn({ density: 0.25 }) }),
 *   nn.relu(),
 *   nn.linear(32, 2),
 * );
 * const features = Float32Array.from({ length: 64 * 16 }, (_, i) => (i % 7) / 7);
 * const data = { features, labels: Uint8Array.from({ length: 64 }, (_, i) => i % 2), examples: 64, inputs: 16, classes: 2 };
 * const trainer = new Trainer({
 *   device,
 *   model,
 *   optimizer: adamw({ learningRate: 1e-3 }),
 *   method: srigl({ every: 2 }),
 * });
 * for await (const event of trainer.fit(data, { epochs: 2, batchSize: 16 })) console.log(event.kind);
 * const { accuracy } = await trainer.evaluate(data);
 * console.assert(accuracy >= 0 && accuracy <= 1);
 * device.close();
 * ```
 */
export class Trainer {
  /** The patterns and how they change. */
  readonly topology: Topology;
  readonly #device: Device;
  readonly #model: Layer;
  readonly #optimizer: Optimizer;
  readonly #loss: Loss;
  readonly #seed: number;
  readonly #programs = new Map<string, Program>();
  #step = 0;
  #run: Run | undefined;
  #restored: Run | undefined;
  #training: Program | undefined;

  /** Puts the parts together; takes no memory yet. */
  constructor(options: TrainerOptions) {
    const { device, model, optimizer, method, loss = crossEntropy, seed = 0 } = options;
    this.#device = device;
    this.#model = model;
    this.#optimizer = optimizer;
    this.#loss = loss;
    this.#seed = seed;
    this.topology = new Topology({ device, model, optimizer, method, loss, seed });
  }

  /** Steps carried out so far. */
  get step(): number {
    return this.#step;
  }

  /** Exact bytes, kernels and operations of training with a batch size, before anything is allocated. */
  plan(options: { inputs: number; batchSize: number }): Plan {
    const specs = specsOf(options.inputs, options.batchSize);
    const train = this.#traceTraining(specs);
    const counts = this.topology.candidateCounts();
    const probe = counts.size === 0
      ? []
      : [traceGrowthProbe(this.#device, specs, this.#model, this.#loss, counts)];
    const both = this.#device.plan([train, ...probe]);
    const { kernels, flops } = this.#device.plan([train]);
    return { bytes: both.bytes, kernels, flops };
  }

  /**
   * Trains for a number of epochs. After {@linkcode restore} it goes on with the run that was saved, as if that had never
   * stopped: give the same data and options.
   *
   * @param data Examples.
   * @throws {RangeError} if the batch size or the number of epochs is not a whole number above 0, or the data are empty.
   * @throws {Error} if a loss is not finite; names the step.
   */
  async *fit(data: Dataset, options: FitOptions): AsyncGenerator<TrainEvent> {
    const { epochs, batchSize, logEvery = 50 } = options;
    checkWhole("epochs", epochs);
    checkWhole("batchSize", batchSize);
    checkWhole("logEvery", logEvery);
    const batcher = new Batcher(data, { batchSize, seed: this.#seed, shuffle: true });
    const specs = specsOf(data.inputs, batchSize);
    const program = await this.#program(`train ${batchSize}`, () => this.#traceTraining(specs));
    await this.topology.prepare(specs);
    const run = this.#restored ?? { first: this.#step, sum: 0, count: 0, pending: [] };
    this.#restored = undefined;
    this.#run = run;
    this.#training = program;
    const totalSteps = run.first + epochs * batcher.batches;
    const density = this.topology.density;
    let seen = 0;
    let since = performance.now();
    const readLosses = async (epoch: number): Promise<StepEvent[]> => {
      await this.#collect();
      const losses = Float32Array.from(run.pending.splice(0));
      if (losses.length === 0) return [];
      checkFinite(losses, this.#step);
      for (const loss of losses) run.sum += loss;
      run.count += losses.length;
      const seconds = (performance.now() - since) / 1000;
      const event: StepEvent = {
        kind: "step",
        step: this.#step,
        totalSteps,
        epoch,
        loss: losses[losses.length - 1],
        losses,
        learningRate: rateAt(this.#optimizer.learningRate, this.#step - 1, totalSteps),
        examplesPerSecond: seen / seconds,
        density,
      };
      seen = 0;
      since = performance.now();
      return [event];
    };
    const done = this.#step - run.first;
    // A run that was saved between its last step and the end of the epoch has that end before it.
    const whole = run.count > 0 && done % batcher.batches === 0 ? 1 : 0;
    const firstEpoch = Math.floor(done / batcher.batches) - whole;
    for (let epoch = firstEpoch; epoch < epochs; epoch++) {
      const start = performance.now();
      const skipped = Math.max(0, done - epoch * batcher.batches);
      for (const batch of batcher.epoch(epoch, skipped)) {
        const clock = { step: this.#step, totalSteps };
        const inputs = [batch.features, batch.labels];
        const report = await this.topology.maybeRewire(inputs, clock, batch.examples);
        // A batch that was spent on growth scores updates nothing (RigL, algorithm 1).
        if (report?.spentBatch !== true) program.run(inputs, clock, batch.examples);
        this.#step++;
        seen += batch.examples;
        // Only now: whoever saves on this event must not rewire again when the run goes on.
        if (report !== undefined) yield { kind: "rewire", step: clock.step, ...report };
        if ((this.#step - run.first) % Math.min(logEvery, RING_SIZE) === 0) {
          yield* await readLosses(epoch);
        }
      }
      yield* await readLosses(epoch);
      const loss = run.sum / run.count;
      run.sum = run.count = 0;
      yield { kind: "epoch", epoch, loss, seconds: (performance.now() - start) / 1000 };
    }
    this.#run = undefined;
  }

  /** Mean loss and accuracy on a data set. */
  async evaluate(data: Dataset, options: { batchSize?: number } = {}): Promise<Evaluation> {
    const { batchSize = 256 } = options;
    const specs = specsOf(data.inputs, batchSize);
    const program = await this.#program(
      `evaluate ${batchSize}`,
      () =>
        this.#device.trace(specs, (x, y) => {
          const output = this.#model(x);
          return [this.#loss(output, y), accuracy(output, y)];
        }),
    );
    const batcher = new Batcher(data, { batchSize, seed: 0, shuffle: false });
    let loss = 0;
    let right = 0;
    let sizes: number[] = [];
    const collect = async (): Promise<void> => {
      const [losses, accuracies] = await program.scalars();
      sizes.forEach((size, i) => {
        loss += losses[i] * size;
        right += accuracies[i] * size;
      });
      sizes = [];
    };
    for (const batch of batcher.epoch(0)) {
      program.run([batch.features, batch.labels], { step: 0, totalSteps: 0 }, batch.examples);
      sizes.push(batch.examples);
      if (sizes.length === RING_SIZE) await collect();
    }
    await collect();
    return { loss: loss / data.examples, accuracy: right / data.examples };
  }

  /**
   * Writes a checkpoint: parameters, patterns, moments and where the run stands. To a temporary file, synced, renamed.
   *
   * @param notes Text fields to keep in it.
   * @throws {Error} if the file cannot be written; an earlier one of that name survives.
   */
  async save(path: string, notes: CheckpointNotes = {}): Promise<void> {
    await this.#collect();
    const training = { step: this.#step, seed: this.#seed, run: this.#run ?? this.#restored };
    const parts = { ...this.#parts, explored: this.topology.explored };
    await saveCheckpoint(path, parts, { ...notes, training: JSON.stringify(training) });
  }

  /**
   * Puts a checkpoint in the place of parameters, patterns and moments; {@linkcode fit} then goes on with its run.
   *
   * @param source The file, or a checkpoint that was read already.
   * @returns The checkpoint.
   * @throws {CheckpointError} if the file is damaged, or of another model, optimizer or seed.
   */
  async restore(source: string | Checkpoint): Promise<Checkpoint> {
    const checkpoint = typeof source === "string" ? await readCheckpoint(source) : source;
    const { step, seed, run } = JSON.parse(checkpoint.metadata.training ?? "{}");
    if (seed !== this.#seed || !Number.isSafeInteger(step)) {
      throw new CheckpointError(
        checkpoint.path,
        `it is of a run with seed ${seed} at step ${step}; expected seed ${this.#seed}`,
      );
    }
    await this.topology.restore(await restoreCheckpoint(checkpoint, this.#parts));
    this.#step = step;
    this.#restored = run;
    return checkpoint;
  }

  get #parts(): CheckpointParts {
    return { device: this.#device, model: this.#model, optimizer: this.#optimizer };
  }

  /** Reads the losses that lie on the device. */
  async #collect(): Promise<void> {
    if (this.#run === undefined || this.#training === undefined) return;
    const [losses] = await this.#training.scalars();
    this.#run.pending.push(...losses);
  }

  #traceTraining(specs: readonly InputSpec[]): TracedProgram {
    return this.#device.trace(
      specs,
      (x, y) => this.#optimizer.update(this.#loss(this.#model(x), y)),
      { mode: "train" },
    );
  }

  async #program(name: string, trace: () => TracedProgram): Promise<Program> {
    let program = this.#programs.get(name);
    if (program === undefined) {
      program = await this.#device.prepare(trace());
      this.#programs.set(name, program);
    }
    return program;
  }
}

function specsOf(inputs: number, batchSize: number): InputSpec[] {
  return [matrix(inputs, batchSize), labels(batchSize)];
}

function checkWhole(name: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  throw new RangeError(`Cannot train: ${name} is ${value}; expected a whole number above 0`);
}

function checkFinite(losses: Float32Array, step: number): void {
  const bad = losses.findIndex((loss) => !Number.isFinite(loss));
  if (bad < 0) return;
  throw new Error(
    `Cannot go on training: the loss of step ${step - losses.length + bad} is ${losses[bad]}; ` +
      "expected a finite number (a lower learning rate or clipNorm may help)",
  );
}
