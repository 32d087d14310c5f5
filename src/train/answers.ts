/**
 * What a model says of examples while or after it is trained: losses, metrics, predictions.
 *
 * @module
 */
import type { Dataset } from "../data/dataset.ts";
import { preparedLike } from "../data/examples_source.ts";
import type { SourcePreparation } from "../data/preparation.ts";
import { requireBatches, type Source } from "../data/source.ts";
import type { AnyModule } from "../nn/module.ts";
import type { Device } from "../program/device.ts";
import type { InputSpec, Program, Traced } from "../program/program.ts";
import type { Tensor } from "../program/trace.ts";
import type { Prediction } from "../tasks/task.ts";
import { evaluateWith, type Evaluation } from "./evaluate.ts";
import type { Holdings } from "./holdings.ts";
import { requireWithin } from "./limits.ts";
import { requireListed } from "./listed.ts";
import { type Chosen, specsOf, type Tasks } from "./objective.ts";
import { predictWith } from "./predict.ts";

/** What {@linkcode Answers} are made of. */
export interface AnswersParts {
  /** Where the model lies. */
  readonly device: Device;
  /** The model. */
  readonly model: AnyModule;
  /** What is learnt of which examples. */
  readonly tasks: Tasks;
  /** Who gives the programs back. */
  readonly holdings: Holdings;
}

/** Options of evaluations and predictions. */
export interface AnswerOptions {
  /** Examples at a time; as many as the source says by default, or 256. */
  readonly batchSize?: number;
  /** Name of the task where the examples say none. */
  readonly task?: string | undefined;
}

/** How many examples are asked about at a time. */
const USUAL = 256;

/** A program that is asked for. */
interface Wanted {
  /** Its inputs. */
  readonly specs: readonly InputSpec[];
  /** What it is for, and the name of its task. */
  readonly use: string;
  /** Whether the source has looked at its f32. */
  readonly trustInputs: boolean;
  /** What it computes. */
  body(...inputs: Tensor[]): Traced;
}

/** Asks a model; compiles what it takes at first use. */
export class Answers {
  readonly #parts: AnswersParts;
  readonly #programs = new Map<string, Promise<Program>>();
  #last: Promise<unknown> = Promise.resolve();

  /** Takes no memory yet. */
  constructor(parts: AnswersParts) {
    this.#parts = parts;
  }

  /**
   * The examples to evaluate after an epoch, prepared as those to train with. What does not fit is said here, before anything
   * is compiled or trained.
   *
   * @throws {RangeError} if they are for another task.
   * @throws {TypeError} if they lack an array, or one has a shape or a type that the model or the task does not take.
   */
  validation(data: Dataset | Source, preparation: SourcePreparation, chosen: Chosen): Source {
    const { tasks, device } = this.#parts;
    const source = preparedLike(data, preparation);
    const { name } = chosen;
    if (tasks.of(source.task ?? name) !== chosen) {
      throw new RangeError(
        `Cannot validate: the examples are for the task "${source.task}"; expected "${name}", as those to train with`,
      );
    }
    const specs = specsOf("validate", chosen.names, source.inputs, source.together ?? USUAL);
    device.trace(specs, chosen.measure);
    return source;
  }

  /** Mean loss and metrics. */
  async evaluate(
    source: Source,
    { batchSize = source.together ?? USUAL, task: usual }: AnswerOptions,
  ): Promise<Evaluation> {
    // Before anything is compiled for it.
    requireBatches(source, batchSize);
    const chosen = this.#parts.tasks.of(source.task ?? usual);
    const { name, names: inputs, measures } = chosen;
    const program = await this.#program({
      specs: specsOf("evaluate", inputs, source.inputs, batchSize),
      use: `evaluate ${name}`,
      trustInputs: source.finite === true,
      body: chosen.measure,
    });
    requireWithin("evaluate", source, inputs, program);
    const measuring = { program, inputs, names: measures };
    const turn = this.#last.then(() => evaluateWith(measuring, source, batchSize));
    // Evaluations share the records of their scalars, so that one begins when the one before is over, however that ended.
    this.#last = turn.catch(() => undefined);
    const evaluation = await turn;
    const followed = Object.entries(chosen.follows).map((
      [what, of],
    ) => [what, of(evaluation.loss)]);
    return { ...evaluation, ...Object.fromEntries(followed) };
  }

  /** Predictions, in the order of the examples. */
  async *predict(
    source: Source,
    { batchSize = source.together ?? USUAL, task: usual }: AnswerOptions,
  ): AsyncGenerator<Prediction> {
    requireBatches(source, batchSize);
    const chosen = this.#parts.tasks.of(source.task ?? usual);
    const program = await this.#program({
      specs: specsOf("predict", chosen.inputs, source.inputs, batchSize),
      use: `predict ${chosen.name}`,
      trustInputs: source.finite === true,
      body: chosen.output,
    });
    yield* predictWith(program, chosen, source, batchSize);
  }

  #program(wanted: Wanted): Promise<Program> {
    const { specs, use, trustInputs } = wanted;
    const key = JSON.stringify([specs, use, trustInputs]);
    let program = this.#programs.get(key);
    if (program === undefined) {
      program = this.#compile(wanted);
      this.#programs.set(key, program);
      program.catch(() => this.#programs.delete(key));
    }
    return program;
  }

  async #compile({ specs, body, trustInputs }: Wanted): Promise<Program> {
    const { device, holdings, model } = this.#parts;
    const traced = device.trace(specs, body, { trustInputs });
    requireListed(traced, model);
    const [program] = await holdings.prepare(traced);
    return program;
  }
}
