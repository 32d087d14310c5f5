/**
 * The trainer: steps, rewirings, losses and evaluation of a model on a data set.
 *
 * @module
 */
import type { Dataset, Examples } from "../data/dataset.ts";
import { fingerprintOf } from "../data/fingerprint.ts";
import { type Preparation, preparationOf } from "../data/preparation.ts";
import type { Method } from "../methods/method.ts";
import { type Module, pathsIn, requireModule } from "../nn/module.ts";
import { crossEntropy } from "../ops/cross_entropy.ts";
import { GradientSums } from "../optim/gradient_sums.ts";
import type { Moments } from "../optim/moments.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import type { Device } from "../program/device.ts";
import type { PlaceOptions } from "../program/placement.ts";
import type { Plan } from "../program/plan.ts";
import type { InputSpec } from "../program/program.ts";
import {
  type Checkpoint,
  type CheckpointNotes,
  type CheckpointParts,
  readCheckpoint,
  restoreCheckpoint,
  saveCheckpoint,
} from "./checkpoint.ts";
import { Answers, specsOf } from "./answers.ts";
import type { Evaluation } from "./evaluate.ts";
import type { TrainEvent } from "./events.ts";
import { checkFitOptions, Fit, type FitOptions, type Position } from "./fit.ts";
import type { Loss } from "./growth_probe.ts";
import { traceGrowthProbe } from "./growth_probe.ts";
import { Holdings } from "./holdings.ts";
import type { Prediction } from "./predict.ts";
import { newRun, type Run } from "./run.ts";
import { CheckpointError } from "./safetensors.ts";
import { requireTerms, termsOf } from "./terms.ts";
import { Topology } from "./topology.ts";
import { type Training, trainingIn } from "./training.ts";
import { type TracedUpdate, traceUpdate, UpdateProgram } from "./update.ts";

export type { Evaluation } from "./evaluate.ts";
export type { EpochEvent, RewireEvent, StepEvent, TrainEvent } from "./events.ts";
export type { FitOptions } from "./fit.ts";

/** What a {@linkcode Trainer} is made of. */
export interface TrainerOptions {
  /** Where to train. */
  readonly device: Device;
  /** What to train: `[inputs, examples]` to `[classes, examples]`. */
  readonly model: Module;
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
  /**
   * Seed of everything random: the first values and patterns of parameters that are not on the device yet, the order of the
   * data, the rewiring. Whatever was placed or trained on the device before plays no part. By default first values are of
   * the device's seed, and all else of seed 0.
   */
  readonly seed?: number;
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
  readonly #beginning: PlaceOptions;
  readonly #holdings: Holdings;
  readonly #model: Module;
  readonly #optimizer: Optimizer;
  readonly #moments: Moments;
  readonly #loss: Loss;
  readonly #seed: number;
  readonly #sums = new GradientSums();
  readonly #answers: Answers;
  readonly #updates = new Map<string, UpdateProgram>();
  readonly #method: Method | undefined;
  readonly #position: Position = { step: 0, epochs: 0 };
  #fit: Fit | undefined;
  #preparation: Preparation | undefined;
  #restored: Run | undefined;

  /**
   * Puts the parts together; takes no memory yet.
   *
   * @throws {TypeError} if the model is no layer but a plain function.
   * @throws {RangeError} if the method is none, or does not know how to change a pattern of the model; if the optimizer's
   * groups are not those of its parameters.
   */
  constructor(options: TrainerOptions) {
    const { device, model, optimizer, method, loss = crossEntropy, seed = 0 } = options;
    requireModule(model, "train", "the model");
    const beginning = { seed: options.seed ?? device.seed, order: model.parameters };
    this.#device = device;
    this.#beginning = beginning;
    this.#holdings = new Holdings(device, beginning);
    this.#model = model;
    this.#optimizer = optimizer;
    this.#loss = loss;
    this.#answers = new Answers({ ...options, model, loss, holdings: this.#holdings });
    this.#method = method;
    this.#seed = seed;
    const moments = this.#moments = optimizer.begin(model.parameters, pathsIn(model));
    this.topology = new Topology({ device, model, moments, method, loss, seed, beginning });
  }

  /** Steps carried out so far. */
  get step(): number {
    return this.#position.step;
  }

  /** What was done to the features that the model was trained with; undefined before any training. */
  get preparation(): Preparation | undefined {
    return this.#preparation;
  }

  /** Mean loss of the last epoch that the present or restored run has ended; NaN if there is none. */
  get epochLoss(): number {
    return (this.#fit?.log.run ?? this.#restored)?.epochLoss ?? NaN;
  }

  /** Exact bytes of training with a batch size, and kernels and operations of a step, before anything is allocated. */
  plan(options: PlanOptions): Plan {
    const { batchSize, accumulate = 1 } = options;
    const specs = specsOf(options, batchSize);
    const { add, last } = this.#traceUpdate(specs, accumulate);
    const counts = this.topology.candidateCounts();
    const probe = counts.size === 0
      ? []
      : [traceGrowthProbe(this.#device, specs, this.#model, this.#loss, counts, this.#seed)];
    const adding = add === undefined ? [] : [add];
    const { bytes } = this.#device.plan([...adding, last, ...probe]);
    const step = [...Array(accumulate - 1).fill(adding).flat(), last];
    const { kernels, flops } = this.#device.plan(step);
    return { bytes, kernels, flops };
  }

  /**
   * Trains for a number of epochs. After {@linkcode restore} it goes on with the run that was saved, as if that had never
   * stopped: give the same data and options, or more epochs and `extend`. Every other call begins a run of its own, with
   * the steps, moments and orders of the data after those before.
   *
   * Growth scores are those of the first batch of a step, which updates nothing (RigL, algorithm 1); a step of several
   * batches is made of the others.
   *
   * The event loop turns every 150 ms, for about 1 ms.
   *
   * @param data Examples.
   * @throws {RangeError} if the batch size or the number of epochs is not a whole number above 0, the data are empty, or a
   * run was restored that was begun with other data or options.
   * @throws {DivergenceError} if a loss or the norm of a gradient is not finite; names the step and the first parameter
   * that is not.
   * @throws The reason of `signal`, once that is aborted.
   */
  async *fit(data: Dataset, options: FitOptions): AsyncGenerator<TrainEvent> {
    this.#holdings.requireLive("train");
    checkFitOptions(options);
    const specs = specsOf(data, options.batchSize);
    const program = await this.#updateProgram(specs, options.accumulate ?? 1);
    const run = await this.#begin(data, options, program);
    await this.topology.prepare(specs);
    const fit: Fit = new Fit(
      {
        ...this.#parts,
        ...{ data, program, topology: this.topology, seed: this.#seed, position: this.#position },
        evaluate: (examples) => this.evaluate(examples),
        requireCurrent: () => this.#requireCurrent(fit),
      },
      run,
      options,
    );
    this.#preparation = preparationOf(data);
    this.#restored = undefined;
    this.#fit = fit;
    yield* fit.events();
    this.#fit = undefined;
  }

  /**
   * Mean loss and metrics on a data set, whose features are prepared as those of the training were: their own normalization
   * does not count once the model was trained or restored.
   *
   * @returns `loss`, and every metric under its name.
   */
  async evaluate(data: Dataset, options: { batchSize?: number } = {}): Promise<Evaluation> {
    this.#holdings.requireLive("evaluate");
    return await this.#answers.evaluate(data, this.#preparation, options);
  }

  /**
   * What the model says of examples without labels, in their order. Their features are prepared as those of the training
   * were.
   *
   * @param examples Examples, or their features alone: `[examples, inputs]`, row-major, once the model was trained or restored.
   * @throws {RangeError} if they are not such examples as the model was trained with.
   */
  async *predict(
    examples: Examples | Examples["features"],
    options: { readonly batchSize?: number } = {},
  ): AsyncGenerator<Prediction> {
    this.#holdings.requireLive("predict");
    yield* this.#answers.predict(examples, this.#preparation, options);
  }

  /**
   * Writes a checkpoint: parameters, patterns, moments and where the run stands. To a temporary file, synced, renamed.
   *
   * @param notes Text fields to keep in it.
   * @throws {Error} if the file cannot be written; an earlier one of that name survives.
   */
  async save(path: string, notes: CheckpointNotes = {}): Promise<void> {
    this.#holdings.requireLive("save");
    await this.#fit?.log.collect();
    await this.#holdings.place(this.#model.parameters);
    const run = this.#fit?.log.run ?? this.#restored;
    const { name, settings } = this.#optimizer;
    const training = {
      ...{ ...this.#position, seed: this.#seed, run, preparation: this.#preparation },
      optimizer: { name, settings },
    };
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
    const training = trainingIn(checkpoint);
    this.#requireSame(checkpoint.path, training);
    const { parameters } = this.#model;
    const moments = parameters.flatMap((parameter) => this.#moments.of(parameter));
    const histories = await this.#holdings.taking(
      [...parameters, ...moments],
      () => restoreCheckpoint(checkpoint, this.#parts),
    );
    await this.topology.restore(histories);
    const { step, epochs, run, preparation } = training;
    Object.assign(this.#position, { step, epochs });
    this.#restored = run;
    this.#preparation = preparation;
    this.#fit = undefined;
    return checkpoint;
  }

  /**
   * Puts the parameters and patterns of a checkpoint in the place of the model's, and nothing else: the trainer stands at
   * step 0 with moments of 0, as a new one, whatever optimizer, seed and data the checkpoint is of. For fine-tuning.
   *
   * @param source The file, or a checkpoint that was read already.
   * @param options.except Labels of parameters that stay as they are, or what they begin with, such as `"head."` where the
   * new task has other classes.
   * @throws {CheckpointError} if the file is damaged or of another model.
   * @throws {RangeError} if no label begins as `except` says.
   */
  async load(
    source: string | Checkpoint,
    options: { readonly except?: readonly string[] } = {},
  ): Promise<Checkpoint> {
    this.#holdings.requireLive("load");
    const checkpoint = typeof source === "string" ? await readCheckpoint(source) : source;
    await this.#holdings.taking(
      this.#model.parameters,
      () => restoreCheckpoint(checkpoint, this.#parts, { weightsOnly: true, ...options }),
    );
    await this.topology.restore(new Map());
    Object.assign(this.#position, { step: 0, epochs: 0 });
    this.#restored = this.#fit = this.#preparation = undefined;
    return checkpoint;
  }

  /** Gives back what the trainer took; it cannot be used afterwards. Disposing twice is disposing once. */
  [Symbol.dispose](): void {
    this.topology[Symbol.dispose]();
    this.#holdings[Symbol.dispose]();
  }

  get #parts(): CheckpointParts & { readonly optimizer: Optimizer; readonly moments: Moments } {
    const [device, model, beginning] = [this.#device, this.#model, this.#beginning];
    return { device, model, optimizer: this.#optimizer, moments: this.#moments, beginning };
  }

  /** The run that a call of fit goes on with: the one that was restored, else a new one. */
  async #begin(data: Dataset, options: FitOptions, program: UpdateProgram): Promise<Run> {
    const { epochs, batchSize, accumulate = 1, augment = [], extend = false } = options;
    const { step, epochs: firstEpoch } = this.#position;
    const restored = this.#restored;
    const first = restored?.first ?? step;
    const steps = Math.ceil(Math.ceil(data.examples / batchSize) / accumulate);
    const terms = termsOf({
      ...{ epochs, batchSize, accumulate, augment, image: data.image },
      ...{ ...this.#parts, method: this.#method },
      content: await fingerprintOf(data),
      computation: await program.computation(),
    }, first + epochs * steps);
    if (restored === undefined) return newRun(first, firstEpoch, terms);
    requireTerms(restored.terms, restored.ended, terms, extend);
    return { ...restored, terms };
  }

  /** Refuses a checkpoint that fit could not go on with. */
  #requireSame(path: string, { seed, step, optimizer }: Training): void {
    if (seed !== this.#seed) {
      throw new CheckpointError(
        path,
        `it is of a run with seed ${seed} at step ${step}; expected seed ${this.#seed}`,
      );
    }
    const { name } = this.#optimizer;
    if (optimizer !== undefined && optimizer.name !== name) {
      throw new CheckpointError(
        path,
        `it was trained with ${optimizer.name}, and the optimizer is ${name}; expected the same, ` +
          "or load() to begin anew with its weights",
      );
    }
  }

  #requireCurrent(fit: Fit): void {
    if (this.#fit === fit) return;
    throw new ReferenceError(
      "Cannot go on with this call of fit: the trainer was restored, or fit was called again; expected one at a time",
    );
  }

  #traceUpdate(specs: readonly InputSpec[], accumulate: number): TracedUpdate {
    const drawn = { sums: this.#sums, seed: this.#seed, method: this.#method };
    return traceUpdate({ ...this.#parts, loss: this.#loss, ...drawn }, specs, accumulate);
  }

  /** The programs of a step, compiled at first use. */
  async #updateProgram(specs: readonly InputSpec[], accumulate: number): Promise<UpdateProgram> {
    const name = `${specs.map(({ shape }) => shape.join("x"))} ${accumulate > 1}`;
    let program = this.#updates.get(name);
    if (program === undefined) {
      const { add, last } = this.#traceUpdate(specs, accumulate);
      // In the order of the plan.
      const compiled = await this.#holdings.prepare(...add === undefined ? [] : [add], last);
      program = new UpdateProgram(compiled.at(-2), compiled[compiled.length - 1]);
      this.#updates.set(name, program);
    }
    return program;
  }
}
