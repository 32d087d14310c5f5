/**
 * The trainer: steps, rewirings, losses and evaluation of a model on a data set.
 *
 * @module
 */
import type { Dataset, Examples } from "../data/dataset.ts";
import { exampleArrays, preparedLike, questionsIn, sourceIn } from "../data/examples_source.ts";
import type { SourcePreparation } from "../data/preparation.ts";
import { requireBatches, type Source } from "../data/source.ts";
import type { Method } from "../methods/method.ts";
import { type AnyModule, pathsIn, requireModule } from "../nn/module.ts";
import type { Moments } from "../optim/moments.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import type { Parallel } from "../parallel/parallel.ts";
import type { Device } from "../program/device.ts";
import type { PlaceOptions } from "../program/placement.ts";
import type { Plan } from "../program/plan.ts";
import type { Tensor } from "../program/trace.ts";
import type { Prediction } from "../tasks/task.ts";
import type { Checkpoint, CheckpointNotes, CheckpointParts } from "./checkpoint.ts";
import { placedHere } from "../nn/spread.ts";
import { requireSameOnAll } from "./agreement.ts";
import { Answers } from "./answers.ts";
import type { Evaluation } from "./evaluate.ts";
import type { TrainEvent } from "./events.ts";
import { checkFitOptions, Fit, type FitOptions, type Position, stepsOf } from "./fit.ts";
import { Holdings } from "./holdings.ts";
import { specsOf, type Tasks, tasksOf } from "./objective.ts";
import { type PlanOptions, ranksOf, type TrainerOptions } from "./options.ts";
import { newRun, type Run } from "./run.ts";
import { requireTerms, termsOf } from "./terms.ts";
import { Topology } from "./topology.ts";
import { Updates } from "./updates.ts";

export type { Evaluation } from "./evaluate.ts";
export type { EpochEvent, RewireEvent, StepEvent, TrainEvent } from "./events.ts";
export type { FitOptions } from "./fit.ts";
export type { OwnTask, PlanOptions, TrainerOptions, TrainerParts, UsualTask } from "./options.ts";

/**
 * Trains a model. Dispose of it to give back what it took: programs, moments, records, and the parameters that were not
 * on the device before and that no other program uses. To keep a model, save it, or place its parameters first
 * (`device.place(model.parameters)`).
 *
 * @typeParam In What the model takes: a tensor, or a record of several, which the task makes of the arrays of a batch.
 * @typeParam Out What it gives: a tensor, or a record of what the task reads.
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
export class Trainer<In = Tensor, Out = Tensor> implements Disposable {
  /** The patterns and how they change. */
  readonly topology: Topology;
  readonly #device: Device;
  readonly #beginning: PlaceOptions;
  readonly #holdings: Holdings;
  readonly #model: AnyModule;
  readonly #optimizer: Optimizer;
  readonly #moments: Moments;
  readonly #tasks: Tasks;
  readonly #seed: number;
  readonly #answers: Answers;
  readonly #updates: Updates;
  readonly #parallel: Parallel | undefined;
  readonly #method: Method | undefined;
  readonly #syncBatchNorm: boolean;
  readonly #position: Position = { step: 0, epochs: 0 };
  #fit: Fit | undefined;
  #preparation: SourcePreparation | undefined;
  /** Name of the task of the last training. */
  #task: string | undefined;
  #restored: Run | undefined;

  /**
   * Puts the parts together; takes no memory yet.
   *
   * @throws {TypeError} if the model is no layer but a plain function.
   * @throws {RangeError} if the method is none, or does not know how to change a pattern of the model; if the optimizer's
   * groups are not those of its parameters.
   */
  constructor(options: TrainerOptions<In, Out>) {
    const { device, model, optimizer, method, seed = 0, syncBatchNorm = false } = options;
    requireModule(model, "train", "the model");
    const beginning = { seed: options.seed ?? device.seed, order: model.parameters };
    this.#device = device;
    this.#beginning = beginning;
    this.#holdings = new Holdings(device, beginning);
    this.#model = model;
    this.#optimizer = optimizer;
    const tasks = this.#tasks = tasksOf(options);
    this.#answers = new Answers({ device, model, tasks, holdings: this.#holdings });
    this.#method = method;
    this.#syncBatchNorm = syncBatchNorm;
    this.#seed = seed;
    const moments = this.#moments = optimizer.begin(model.parameters, pathsIn(model));
    const parallel = this.#parallel = ranksOf(options);
    const parts = { device, model, moments, method, seed };
    this.topology = new Topology({ ...parts, parallel, beginning });
    // Ranks of which each has a part of the model take whole batches.
    const sharing = model.spread === undefined ? parallel : undefined;
    const shared = { ...parts, parallel: sharing, holdings: this.#holdings, syncBatchNorm };
    this.#updates = new Updates({ ...shared, optimizer });
  }

  /** Steps carried out so far. */
  get step(): number {
    return this.#position.step;
  }

  /** What was done to the data that the model was trained with; undefined before any training. */
  get preparation(): SourcePreparation | undefined {
    return this.#preparation;
  }

  /** Mean loss of the last epoch that the present or restored run has ended; NaN if there is none. */
  get epochLoss(): number {
    return (this.#fit?.log.run ?? this.#restored)?.epochLoss ?? NaN;
  }

  /** Exact bytes of training with a batch size, and kernels and operations of a step, before anything is allocated. */
  plan(options: PlanOptions): Plan {
    const { batchSize, accumulate = 1, inputs } = options;
    // Of the table of bytes a plan has the length alone.
    const bytesOf = options.bytes === true ? new Float32Array(256) : undefined;
    const given = typeof inputs === "number"
      ? exampleArrays({ ...options, inputs, bytes: bytesOf })
      : { inputs, task: options.task };
    const chosen = this.#tasks.of(given.task);
    const specs = specsOf("plan", chosen.names, given.inputs, batchSize);
    const { all, step } = this.#updates.plan({ ...given, chosen, batchSize, accumulate });
    const probe = this.topology.planProbe(specs, chosen.loss);
    const { bytes } = this.#device.plan([...all, ...probe]);
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
   * @param data Examples in memory, or a source of batches.
   * @throws {RangeError} if the batch size or the number of epochs is not a whole number above 0, the data are empty, or a
   * run was restored that was begun with other data or options.
   * @throws {DivergenceError} if a loss or the norm of a gradient is not finite; names the step and the first parameter
   * that is not.
   * @throws The reason of `signal`, once that is aborted.
   */
  async *fit(data: Dataset | Source, options: FitOptions): AsyncGenerator<TrainEvent> {
    this.#holdings.requireLive("train");
    checkFitOptions(options);
    const { batchSize, accumulate = 1, validation } = options;
    const source = sourceIn(data, options);
    requireBatches(source, batchSize);
    const chosen = this.#tasks.of(source.task ?? this.#task);
    const { names: inputs, name: task } = chosen;
    const trustInputs = source.finite === true;
    const wanted = { chosen, inputs: source.inputs, batchSize, accumulate, trustInputs };
    const { program, computation } = await this.#updates.program(wanted);
    const validating = validation &&
      this.#answers.validation(validation, source.preparation, chosen);
    const run = await this.#begin(source, options, computation);
    const specs = specsOf("train", inputs, source.inputs, batchSize);
    await this.topology.prepare(specs, chosen.loss);
    const { preparation } = source;
    const fit: Fit = new Fit(
      {
        ...this.#parts,
        ...{ source, inputs, program, topology: this.topology, seed: this.#seed },
        ...{ share: this.#updates.share(wanted), ranked: this.#parallel !== undefined },
        position: this.#position,
        validation: validating,
        evaluate: (examples) => this.#answers.evaluate(examples, { task }),
        requireCurrent: () => this.#requireCurrent(fit),
      },
      run,
      options,
    );
    this.#preparation = preparation;
    this.#task = task;
    this.#restored = undefined;
    this.#fit = fit;
    yield* fit.events();
    this.#fit = undefined;
  }

  /**
   * Mean loss and metrics on examples in memory or of a source. They are prepared as those of the training were: their own
   * normalization does not count once the model was trained or restored.
   *
   * @returns `loss`, and every metric under its name.
   */
  async evaluate(
    data: Dataset | Source,
    options: { readonly batchSize?: number } = {},
  ): Promise<Evaluation> {
    this.#holdings.requireLive("evaluate");
    const source = preparedLike(data, this.#preparation);
    return await this.#answers.evaluate(source, { ...options, task: this.#task });
  }

  /**
   * What the model says of examples without labels, in their order. Their features are prepared as those of the training
   * were.
   *
   * @param examples Examples, their features alone (`[examples, inputs]`, row-major, once the model was trained or restored),
   * or a source.
   * @throws {RangeError} if they are not such examples as the model was trained with, or an answer is not finite.
   */
  async *predict(
    examples: Examples | Examples["features"] | Source,
    options: { readonly batchSize?: number } = {},
  ): AsyncGenerator<Prediction> {
    this.#holdings.requireLive("predict");
    const source = questionsIn(examples, this.#preparation);
    yield* this.#answers.predict(source, { ...options, task: this.#task });
  }

  /**
   * Writes a checkpoint: parameters, patterns, moments and where the run stands. To a temporary file, synced, renamed. Of a model that is
   * spread over ranks every rank calls it, and rank 0 writes.
   *
   * @param notes Text fields to keep in it.
   * @throws {Error} if the file cannot be written; an earlier one of that name survives.
   */
  async save(path: string, notes: CheckpointNotes = {}): Promise<void> {
    const { saveCheckpoint } = await import("./training.ts");
    await saveCheckpoint(path, ...await this.#saved(notes));
  }

  /**
   * The bytes of the checkpoint that {@linkcode save} writes, for where there are no files, as in a page. Ranks that would write none get
   * none.
   *
   * @param notes Text fields to keep in it.
   */
  async encode(notes: CheckpointNotes = {}): Promise<Uint8Array<ArrayBuffer>> {
    const { encodeCheckpoint } = await import("./training.ts");
    return await encodeCheckpoint(...await this.#saved(notes));
  }

  /** What a checkpoint is made of, and its text fields. */
  async #saved(notes: CheckpointNotes): Promise<[CheckpointParts, CheckpointNotes]> {
    this.#holdings.requireLive("save");
    await this.#fit?.log.collect();
    await this.#holdings.place(placedHere(this.#model));
    const { name, settings } = this.#optimizer;
    const training = {
      ...{ ...this.#position, seed: this.#seed, run: this.#fit?.log.run ?? this.#restored },
      ...{ preparation: this.#preparation, task: this.#task, optimizer: { name, settings } },
    };
    const parts = { ...this.#parts, histories: this.topology.histories };
    return [parts, { ...notes, training: JSON.stringify(training) }];
  }

  /**
   * Puts a checkpoint in the place of parameters, patterns and moments; {@linkcode fit} then goes on with its run. One that
   * was written after the end of a run knows of none: fit then begins another.
   *
   * @param source The file, its bytes, or a checkpoint that was read already.
   * @returns The checkpoint.
   * @throws {CheckpointError} if the file is damaged, or of another model, optimizer or seed.
   */
  async restore(source: string | Uint8Array | Checkpoint): Promise<Checkpoint> {
    this.#holdings.requireLive("restore");
    const { checkpointIn, requireSame, restoreCheckpoint, trainingIn } = await import(
      "./training.ts"
    );
    const checkpoint = await checkpointIn(source);
    const training = trainingIn(checkpoint);
    requireSame(checkpoint.path, training, { seed: this.#seed, optimizer: this.#optimizer });
    const { parameters } = this.#model;
    const moments = parameters.flatMap((parameter) => this.#moments.kept(parameter));
    const histories = await this.#holdings.taking(
      [...parameters, ...moments],
      () => restoreCheckpoint(checkpoint, this.#parts),
    );
    await this.topology.restore(histories);
    const { step, epochs, run, preparation, task } = training;
    Object.assign(this.#position, { step, epochs });
    this.#restored = run;
    this.#task = task;
    this.#preparation = preparation;
    this.#fit = undefined;
    return checkpoint;
  }

  /**
   * Puts the parameters and patterns of a checkpoint in the place of the model's, and nothing else: the trainer stands at
   * step 0 with moments of 0, as a new one, whatever optimizer, seed and data the checkpoint is of. For fine-tuning.
   *
   * @param source The file, its bytes, or a checkpoint that was read already.
   * @param options.except Labels of parameters that stay as they are, or what they begin with, such as `"head."` where the
   * new task has other classes.
   * @param options.leave Labels of parameters of the checkpoint, or what they begin with, that the model has no place for, such
   * as the heads of a pre-training.
   * @throws {CheckpointError} if the file is damaged or of another model.
   * @throws {RangeError} if no label begins as `except` says.
   */
  async load(
    source: string | Uint8Array | Checkpoint,
    options: { readonly except?: readonly string[]; readonly leave?: readonly string[] } = {},
  ): Promise<Checkpoint> {
    this.#holdings.requireLive("load");
    const { checkpointIn, restoreCheckpoint } = await import("./training.ts");
    const checkpoint = await checkpointIn(source);
    await this.#holdings.taking(
      this.#model.parameters,
      () => restoreCheckpoint(checkpoint, this.#parts, { weightsOnly: true, ...options }),
    );
    await this.topology.restore(new Map());
    Object.assign(this.#position, { step: 0, epochs: 0 });
    this.#restored =
      this.#fit =
      this.#preparation =
      this.#task =
        undefined;
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
  async #begin(source: Source, options: FitOptions, computation: string): Promise<Run> {
    const { epochs, batchSize, accumulate = 1, extend = false } = options;
    const { step, epochs: firstEpoch } = this.#position;
    const restored = this.#restored;
    const first = restored?.first ?? step;
    const steps = stepsOf(source, batchSize, accumulate);
    const terms = termsOf({
      ...{ epochs, batchSize, accumulate, batches: source.terms ?? {} },
      ...{ ...this.#parts, method: this.#method },
      content: await source.fingerprint(),
      computation,
    }, first + epochs * steps);
    await this.#agree(JSON.stringify([terms, this.#position, this.#syncBatchNorm]));
    if (restored === undefined) return newRun(first, firstEpoch, terms);
    requireTerms(restored.terms, restored.ended, terms, extend);
    return { ...restored, terms };
  }

  #requireCurrent(fit: Fit): void {
    if (this.#fit === fit) return;
    throw new ReferenceError(
      "Cannot go on with this call of fit: the trainer was restored, or fit was called again; expected one at a time",
    );
  }

  /** Several ranks begin with the same, or not at all. */
  async #agree(begin: string): Promise<void> {
    if (this.#parallel === undefined) return;
    await requireSameOnAll(this.#parallel, "the data, the options or the step", begin);
    await this.topology.agree("at the beginning");
  }
}
