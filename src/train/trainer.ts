/**
 * The trainer: steps, rewirings, losses and evaluation of a model on a data set.
 *
 * @module
 */
import type { Augmentation } from "../data/augment.ts";
import { Batcher } from "../data/batcher.ts";
import type { Dataset } from "../data/dataset.ts";
import { type Preparation, preparationOf } from "../data/preparation.ts";
import type { Method } from "../methods/method.ts";
import type { Layer } from "../nn/layer.ts";
import { accuracy, crossEntropy } from "../ops/cross_entropy.ts";
import { GradientSums } from "../optim/gradient_sums.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import { rateAt } from "../optim/schedule.ts";
import { type Device, labels, matrix } from "../program/device.ts";
import type { Plan } from "../program/plan.ts";
import { type InputSpec, type Program, RING_SIZE } from "../program/program.ts";
import type { Clock } from "../program/trace.ts";
import {
  type Checkpoint,
  type CheckpointNotes,
  type CheckpointParts,
  readCheckpoint,
  restoreCheckpoint,
  saveCheckpoint,
} from "./checkpoint.ts";
import { evaluateWith, type Evaluation } from "./evaluate.ts";
import type { StepEvent, TrainEvent } from "./events.ts";
import type { Loss } from "./growth_probe.ts";
import { traceGrowthProbe } from "./growth_probe.ts";
import { Holdings } from "./holdings.ts";
import { newRun, type Run, RunLog } from "./run.ts";
import { CheckpointError } from "./safetensors.ts";
import { type RewireReport, type StepInputs, Topology } from "./topology.ts";
import { type TracedUpdate, traceUpdate, UpdateProgram } from "./update.ts";

export type { Evaluation } from "./evaluate.ts";
export type { EpochEvent, RewireEvent, StepEvent, TrainEvent } from "./events.ts";

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
  /**
   * What {@linkcode Trainer.evaluate} measures beside the loss: means over the examples of a batch, by name. The accuracy by
   * default where examples have classes, nothing where they have numbers to predict.
   */
  readonly metrics?: Readonly<Record<string, Loss>>;
  /** Seed of the data order and of the rewiring. */
  readonly seed?: number;
}

/** Options of {@linkcode Trainer.fit}. */
export interface FitOptions {
  /** Passes over the data. */
  readonly epochs: number;
  /** Examples in a batch. */
  readonly batchSize: number;
  /**
   * Batches in a step; 1 by default. Their gradients are summed on the device and averaged over the examples, so that a
   * step is that of a batch `accumulate` times as large; batch normalisation still normalises by each batch. The last step
   * of an epoch may have fewer.
   */
  readonly accumulate?: number;
  /** How the pictures of training batches are changed, in order; not at all by default. */
  readonly augment?: readonly Augmentation[];
  /** Steps between two events of kind `step`: how often losses are read from the device. 50 by default. */
  readonly logEvery?: number;
}

/** Options of {@linkcode Trainer.plan}. */
export interface PlanOptions {
  /** Features of an example. */
  readonly inputs: number;
  /** Numbers to predict for an example; absent where classes are. */
  readonly outputs?: number;
  /** Examples in a batch. */
  readonly batchSize: number;
  /** Batches in a step, as in {@linkcode FitOptions}. */
  readonly accumulate?: number;
}

/**
 * Trains a model. Dispose of it to give back what it took: programs, moments, records, and the parameters that were not
 * on the device before and that no other program uses. To keep a model, save it, or place its parameters first
 * (`device.place(model.parameters)`).
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
export class Trainer implements Disposable {
  /** The patterns and how they change. */
  readonly topology: Topology;
  readonly #device: Device;
  readonly #holdings: Holdings;
  readonly #model: Layer;
  readonly #optimizer: Optimizer;
  readonly #loss: Loss;
  readonly #seed: number;
  readonly #sums = new GradientSums();
  readonly #metrics: TrainerOptions["metrics"];
  readonly #evaluations = new Map<string, Program>();
  readonly #updates = new Map<string, UpdateProgram>();
  #step = 0;
  #log: RunLog | undefined;
  #preparation: Preparation | undefined;
  #restored: Run | undefined;

  /** Puts the parts together; takes no memory yet. */
  constructor(options: TrainerOptions) {
    const { device, model, optimizer, method, loss = crossEntropy, seed = 0 } = options;
    this.#device = device;
    this.#holdings = new Holdings(device);
    this.#model = model;
    this.#optimizer = optimizer;
    this.#loss = loss;
    this.#metrics = options.metrics;
    this.#seed = seed;
    this.topology = new Topology({ device, model, optimizer, method, loss, seed });
  }

  /** Steps carried out so far. */
  get step(): number {
    return this.#step;
  }

  /** What was done to the features that the model was trained with; undefined before any training. */
  get preparation(): Preparation | undefined {
    return this.#preparation;
  }

  /** Mean loss of the last epoch that the present or restored run has ended; NaN if there is none. */
  get epochLoss(): number {
    return (this.#log?.run ?? this.#restored)?.epochLoss ?? NaN;
  }

  /**
   * Exact bytes of training with a batch size, and kernels and operations of a step, before anything is allocated.
   */
  plan(options: PlanOptions): Plan {
    const { batchSize, accumulate = 1 } = options;
    const specs = specsOf(options, batchSize);
    const { add, last } = this.#traceUpdate(specs, accumulate);
    const counts = this.topology.candidateCounts();
    const probe = counts.size === 0
      ? []
      : [traceGrowthProbe(this.#device, specs, this.#model, this.#loss, counts)];
    const adding = add === undefined ? [] : [add];
    const { bytes } = this.#device.plan([...adding, last, ...probe]);
    const step = [...Array(accumulate - 1).fill(adding).flat(), last];
    const { kernels, flops } = this.#device.plan(step);
    return { bytes, kernels, flops };
  }

  /**
   * Trains for a number of epochs. After {@linkcode restore} it goes on with the run that was saved, as if that had never
   * stopped: give the same data and options.
   *
   * Growth scores are those of the first batch of a step, which updates nothing (RigL, algorithm 1); a step of several
   * batches is made of the others.
   *
   * @param data Examples.
   * @throws {RangeError} if the batch size or the number of epochs is not a whole number above 0, or the data are empty.
   * @throws {DivergenceError} if a loss or the norm of a gradient is not finite; names the step and the first parameter
   * that is not.
   */
  async *fit(data: Dataset, options: FitOptions): AsyncGenerator<TrainEvent> {
    const { epochs, batchSize, accumulate = 1, augment = [], logEvery = 50 } = options;
    this.#holdings.requireLive("train");
    for (const [name, value] of Object.entries({ epochs, batchSize, accumulate, logEvery })) {
      checkWhole(name, value);
    }
    const batcher = new Batcher(data, { batchSize, seed: this.#seed, shuffle: true, augment });
    const specs = specsOf(data, batchSize);
    const program = await this.#updateProgram(specs, accumulate);
    await this.topology.prepare(specs);
    this.#preparation = preparationOf(data);
    const run = this.#restored ?? newRun(this.#step);
    this.#restored = undefined;
    const log = this.#log = new RunLog(run, program, this.#parts);
    const steps = Math.ceil(batcher.batches / accumulate);
    const totalSteps = run.first + epochs * steps;
    const { density } = this.topology;
    const readLosses = async (epoch: number): Promise<StepEvent[]> => {
      const read = await log.report();
      const learningRate = rateAt(this.#optimizer.learningRate, this.#step - 1, totalSteps);
      const state = { step: this.#step, totalSteps, epoch, learningRate, density };
      return read === undefined ? [] : [{ kind: "step", ...state, ...read }];
    };
    const done = this.#step - run.first;
    // A run that was saved between its last step and the end of the epoch has that end before it.
    const whole = run.count > 0 && done % steps === 0 ? 1 : 0;
    const firstEpoch = Math.floor(done / steps) - whole;
    for (let epoch = firstEpoch; epoch < epochs; epoch++) {
      const start = performance.now();
      const skipped = accumulate * Math.max(0, done - epoch * steps);
      // Examples of the epoch that are left, and those of the present step: all, spent on growth scores, seen.
      let left = data.examples - skipped * batchSize;
      let total = 0, spent = 0, before = 0;
      let report: RewireReport | undefined;
      for (const { features, targets, examples } of batcher.epoch(epoch, skipped)) {
        const inputs = [features, targets];
        const clock = { step: this.#step, totalSteps };
        if (before === 0) {
          total = Math.min(left, accumulate * batchSize);
          report = await this.#maybeRewire(inputs, clock, examples);
          spent = report?.spentBatch === true ? examples : 0;
        }
        if (before >= spent) {
          const part = { before: before - spent, total: total - spent };
          program.run(inputs, { ...clock, part }, examples);
        }
        before += examples;
        log.count(examples);
        if (before < total) continue;
        left -= total;
        before = 0;
        this.#step++;
        // Only now: whoever saves on this event must not rewire again when the run goes on.
        if (report !== undefined) yield { kind: "rewire", step: clock.step, ...report };
        if ((this.#step - run.first) % Math.min(logEvery, RING_SIZE) === 0) {
          yield* await readLosses(epoch);
        }
      }
      yield* await readLosses(epoch);
      yield {
        kind: "epoch",
        epoch,
        loss: log.endEpoch(),
        seconds: (performance.now() - start) / 1000,
      };
    }
    this.#log = undefined;
  }

  /**
   * Mean loss and metrics on a data set.
   *
   * @returns `loss`, and every metric under its name.
   */
  async evaluate(data: Dataset, options: { batchSize?: number } = {}): Promise<Evaluation> {
    const { batchSize = 256 } = options;
    this.#holdings.requireLive("evaluate");
    const metrics = this.#metrics ?? ("labels" in data ? { accuracy } : {});
    const specs = specsOf(data, batchSize);
    const key = JSON.stringify(specs);
    let program = this.#evaluations.get(key);
    if (program === undefined) {
      const traced = this.#device.trace(specs, (x, y) => {
        const output = this.#model(x);
        return [this.#loss, ...Object.values(metrics)].map((measure) => measure(output, y));
      });
      program = await this.#holdings.prepare(traced);
      this.#evaluations.set(key, program);
    }
    return await evaluateWith(program, ["loss", ...Object.keys(metrics)], data, batchSize);
  }

  /**
   * Writes a checkpoint: parameters, patterns, moments and where the run stands. To a temporary file, synced, renamed.
   *
   * @param notes Text fields to keep in it.
   * @throws {Error} if the file cannot be written; an earlier one of that name survives.
   */
  async save(path: string, notes: CheckpointNotes = {}): Promise<void> {
    this.#holdings.requireLive("save");
    await this.#log?.collect();
    this.#holdings.expect(this.#model.parameters);
    const run = this.#log?.run ?? this.#restored;
    const training = { step: this.#step, seed: this.#seed, run, preparation: this.#preparation };
    const parts = { ...this.#parts, histories: this.topology.histories };
    await saveCheckpoint(path, parts, { ...notes, training: JSON.stringify(training) });
  }

  /**
   * Puts a checkpoint in the place of parameters, patterns and moments; {@linkcode fit} then goes on with its run. One that
   * was written after the end of a run knows of none: fit then begins another.
   *
   * @param source The file, or a checkpoint that was read already.
   * @returns The checkpoint.
   * @throws {CheckpointError} if the file is damaged, or of another model, optimizer or seed.
   */
  async restore(source: string | Checkpoint): Promise<Checkpoint> {
    this.#holdings.requireLive("restore");
    const checkpoint = typeof source === "string" ? await readCheckpoint(source) : source;
    const { step, seed, run, preparation } = JSON.parse(checkpoint.metadata.training ?? "{}");
    if (seed !== this.#seed || !Number.isSafeInteger(step)) {
      throw new CheckpointError(
        checkpoint.path,
        `it is of a run with seed ${seed} at step ${step}; expected seed ${this.#seed}`,
      );
    }
    const { parameters } = this.#model;
    this.#holdings.expect([
      ...parameters,
      ...parameters.flatMap((parameter) => this.#optimizer.moments(parameter)),
    ]);
    await this.topology.restore(await restoreCheckpoint(checkpoint, this.#parts));
    this.#step = step;
    this.#restored = run;
    this.#preparation = preparation;
    this.#log = undefined;
    return checkpoint;
  }

  /** Gives back what the trainer took; it cannot be used afterwards. Disposing twice is disposing once. */
  [Symbol.dispose](): void {
    this.topology[Symbol.dispose]();
    this.#holdings[Symbol.dispose]();
  }

  get #parts(): CheckpointParts & { readonly optimizer: Optimizer } {
    return { device: this.#device, model: this.#model, optimizer: this.#optimizer };
  }

  /** Rewires if it is time to. That a rewiring fails may only show that the training has diverged before. */
  async #maybeRewire(
    inputs: StepInputs,
    clock: Clock,
    examples: number,
  ): Promise<RewireReport | undefined> {
    try {
      return await this.topology.maybeRewire(inputs, clock, examples);
    } catch (error) {
      await this.#log?.collect();
      throw error;
    }
  }

  #traceUpdate(specs: readonly InputSpec[], accumulate: number): TracedUpdate {
    const parts = { ...this.#parts, loss: this.#loss, sums: this.#sums };
    return traceUpdate(parts, specs, accumulate);
  }

  /** The programs of a step, compiled at first use. */
  async #updateProgram(specs: readonly InputSpec[], accumulate: number): Promise<UpdateProgram> {
    const name = `${specs.map(({ shape }) => shape.join("x"))} ${accumulate > 1}`;
    let program = this.#updates.get(name);
    if (program === undefined) {
      const { add, last } = this.#traceUpdate(specs, accumulate);
      const adding = add === undefined ? undefined : await this.#holdings.prepare(add);
      program = new UpdateProgram(adding, await this.#holdings.prepare(last));
      this.#updates.set(name, program);
    }
    return program;
  }
}

/** Shapes of a batch: features, and class numbers or, where examples have them, targets. */
function specsOf(
  { inputs, outputs }: Pick<PlanOptions, "inputs" | "outputs">,
  batchSize: number,
): InputSpec[] {
  const targets = outputs === undefined ? labels(batchSize) : matrix(outputs, batchSize);
  return [matrix(inputs, batchSize), targets];
}

function checkWhole(name: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  throw new RangeError(`Cannot train: ${name} is ${value}; expected a whole number above 0`);
}
