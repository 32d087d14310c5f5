/**
 * The programs of an update: of one batch, or of several whose gradients are summed on the device.
 *
 * @module
 */
import { digestOf } from "../data/fingerprint.ts";
import type { Method } from "../methods/method.ts";
import type { AnyModule } from "../nn/module.ts";
import { isHere } from "../nn/spread.ts";
import { unpackBytes } from "../ops/kernels/unpack_bytes.ts";
import { BYTE_TABLE } from "../ops/unpack_bytes.ts";
import { chain, type Transform } from "../optim/gradients.ts";
import type { GradientSums } from "../optim/gradient_sums.ts";
import type { Moments } from "../optim/moments.ts";
import type { Optimizer, UpdateOptions } from "../optim/optimizer.ts";
import type { Parallel } from "../parallel/parallel.ts";
import { type Device, matrix } from "../program/device.ts";
import type { InputSpec, Program, TracedProgram } from "../program/program.ts";
import { type Clock, requireScalar, type Tensor, type Trace } from "../program/trace.ts";
import { requireListed } from "./listed.ts";
import type { StepInputs, StepLoss } from "./objective.ts";
import { normOfRank } from "./spread_update.ts";

/** What an update is made of. */
export interface UpdateParts {
  /** Where the model lies. */
  readonly device: Device;
  /** The model. */
  readonly model: AnyModule;
  /** What to lower, of the inputs of the program. */
  readonly loss: StepLoss;
  /** How weights change. */
  readonly optimizer: Optimizer;
  /** What it keeps of the parameters. */
  readonly moments: Moments;
  /** Where gradients are summed if an update has several batches. */
  readonly sums: GradientSums;
  /** Whose hooks a step has. */
  readonly method?: Method | undefined;
  /** Seed of what is random in a step; 0 by default. */
  readonly seed?: number;
  /** Whether f32 inputs are known to be finite; true by default. */
  readonly trustInputs?: boolean;
  /** Whether something is done to the sums before they are applied: then `add` adds every batch. False by default. */
  readonly exchanged?: boolean;
  /** Whether one process has all of what the model has spread over ranks: to tell what a step computes. False by default. */
  readonly alone?: boolean;
  /** Ranks that have shares of batches of which batch norms take all; none by default. */
  readonly ranks?: Parallel | undefined;
}

/** The traced programs of an update. */
export interface TracedUpdate {
  /** Adds the gradients of a batch; absent where an update has one batch only. */
  readonly add: TracedProgram | undefined;
  /**
   * Adds those of the last batch and updates; where sums are exchanged before, updates by what they are then, and its one input
   * counts for nothing. Its scalars are the loss and the norm of the gradient.
   */
  readonly last: TracedProgram;
}

/**
 * Traces the programs of updates over `accumulate` batches.
 *
 * @throws {TypeError} if the loss is no scalar, or the model does not list what it uses.
 */
export function traceUpdate(
  { device, model, loss, optimizer, moments, sums, method, ...rest }: UpdateParts,
  specs: readonly InputSpec[],
  accumulate: number,
): TracedUpdate {
  const { seed = 0, trustInputs = true, exchanged = false, alone = false, ranks } = rest;
  const spread = alone ? undefined : model.spread;
  const hook = (name: "beforeForward" | "afterUpdate", trace: Trace): void => {
    for (const { sparse: weight, label, values } of model.weights) {
      if (weight !== undefined && isHere(spread, values)) {
        method?.[name]?.({ trace, weight, label });
      }
    }
  };
  const context = { mode: "train", seed, alone, ranks } as const;
  const options = { trustInputs };
  const add = accumulate === 1 && !exchanged ? undefined : device.trace(specs, (...inputs) => {
    hook("beforeForward", inputs[0].trace);
    sums.add(loss(inputs, context));
    return [];
  }, options);
  const update = (loss: Tensor, given: UpdateOptions): Tensor[] => {
    const { trace } = loss;
    const { transform = (same) => same, ...frozen } = transformOf(method, model, trace);
    const update = optimizer.measuredUpdate(loss, {
      ...{ moments, ...given, ...frozen },
      transform: chain(transform, normOfRank(spread)),
    });
    hook("afterUpdate", trace);
    requireScalar(update.loss, "the loss of the optimizer's update");
    requireScalar(update.gradientNorm, "the norm of the optimizer's update");
    return [update.loss, update.gradientNorm];
  };
  const last = exchanged
    ? device.trace([matrix(1, 1)], ({ trace }) => {
      const gradients = sums.held(trace);
      return update(gradients.loss, { gradients });
    })
    : device.trace(specs, (...inputs) => {
      hook("beforeForward", inputs[0].trace);
      return update(loss(inputs, context), accumulate === 1 ? {} : { sums });
    }, options);
  for (const traced of add === undefined ? [last] : [add, last]) {
    requireListed(traced, model, moments);
  }
  return { add, last };
}

/** What a method does to the gradients of its weights before all else. */
function transformOf(
  method: Method | undefined,
  model: AnyModule,
  trace: Trace,
): { readonly transform?: Transform; readonly frozenFrom?: (totalSteps: number) => number } {
  const frozenFrom = method?.frozenFrom === undefined
    ? {}
    : { frozenFrom: (totalSteps: number) => method.frozenFrom?.(totalSteps) ?? Infinity };
  if (method?.gradient === undefined) return frozenFrom;
  const transform: Transform = (gradients) => {
    const of = new Map(gradients.of);
    for (const { sparse: weight, label, values } of model.weights) {
      const gradient = of.get(values);
      if (weight === undefined || gradient === undefined) continue;
      of.set(values, method.gradient?.({ trace, weight, label }, gradient) ?? gradient);
    }
    return { ...gradients, of };
  };
  return { transform, ...frozenFrom };
}

/** What was read of updates, in their order. */
export interface UpdateScalars {
  /** Steps before each. */
  readonly steps: readonly number[];
  /** Their losses. */
  readonly losses: Float32Array;
  /** Norms of their gradients. */
  readonly norms: Float32Array;
  /** Examples that each had. */
  readonly examples: readonly number[];
}

/** What a step runs, however many batches and ranks it has. */
export interface StepProgram {
  /** The program that takes batches. */
  readonly takes: Program;
  /**
   * Takes one batch, whose place in the update `clock.part` says.
   *
   * @param examples Examples of the batch, or of this rank's share of it.
   * @returns A promise where ranks exchange something meanwhile.
   */
  run(inputs: StepInputs, clock: Clock, examples: number): void | Promise<void>;
  /**
   * Ends a step whose batches were taken.
   *
   * @param examples Those of the step.
   * @param stop Whether this process was asked to stop.
   * @returns Whether any rank was; a process by itself says so at once, not here.
   */
  end(clock: Clock, examples: number, stop: boolean): boolean | Promise<boolean>;
  /** Reads the scalars of the updates since the last call. */
  read(): Promise<UpdateScalars>;
  /** Leaves out the scalars of the updates so far: those of another run. */
  forget(): void;
}

/** The scalars of updates as a program remembers them, with what belongs to each. */
export class UpdateLog {
  readonly #program: Program;
  #steps: number[] = [];
  #examples: number[] = [];

  /** Reads those of a program. */
  constructor(program: Program) {
    this.#program = program;
  }

  /** Notes an update. */
  note({ step }: Clock, examples: number): void {
    this.#steps.push(step);
    this.#examples.push(examples);
  }

  /** Reads the scalars of the updates since the last call. */
  async read(): Promise<UpdateScalars> {
    const steps = this.#steps, examples = this.#examples;
    this.#steps = [];
    this.#examples = [];
    const [losses, norms] = await this.#program.scalars();
    return { steps, losses, norms, examples };
  }

  /** Leaves out the scalars of the updates so far. */
  forget(): void {
    this.#steps = [];
    this.#examples = [];
    this.#program.forget();
  }
}

/** The compiled programs of an update by one process. */
export class UpdateProgram implements StepProgram {
  readonly #add: Program | undefined;
  readonly #last: Program;
  readonly #log: UpdateLog;

  /** Wraps what was compiled of a {@linkcode TracedUpdate}. */
  constructor(add: Program | undefined, last: Program) {
    this.#add = add;
    this.#last = last;
    this.#log = new UpdateLog(last);
  }

  get takes(): Program {
    return this.#last;
  }

  /** Runs one batch; the last one updates. */
  run(inputs: StepInputs, clock: Clock, examples: number): void | Promise<void> {
    const { part } = clock;
    if (part !== undefined && part.before + examples < part.total) {
      return this.#add?.run(inputs, clock, examples);
    }
    const running = this.#last.run(inputs, clock, examples);
    this.#log.note(clock, part?.total ?? examples);
    return running;
  }

  end(): boolean {
    return false;
  }

  read(): Promise<UpdateScalars> {
    return this.#log.read();
  }

  forget(): void {
    this.#log.forget();
  }
}

/** A digest of what a step computes, kernel by kernel, and of its constants: another model or loss has another one. */
export async function computationOf({ add, last }: TracedUpdate): Promise<string> {
  const parts: unknown[] = [];
  for (const { calls, resources } of add === undefined ? [last] : [add, last]) {
    // Of bytes or of their numbers: it is the same.
    const computed = calls.filter(({ kernel }) => kernel !== unpackBytes);
    parts.push(computed.map(({ kernel, params }) => [kernel.name, params]));
    const constants = resources.filter(({ category, label }) =>
      category === "program" && label !== BYTE_TABLE
    );
    for (const constant of constants) {
      // Such as the weights of classes; nothing random is among them.
      parts.push([constant.label, ...await constant.initial({ seed: 0, stream: 0 }) ?? []]);
    }
  }
  return await digestOf(JSON.stringify(parts));
}
