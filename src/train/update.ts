/**
 * The programs of an update: of one batch, or of several whose gradients are summed on the device.
 *
 * @module
 */
import { digestOf } from "../data/fingerprint.ts";
import type { Method } from "../methods/method.ts";
import type { AnyModule } from "../nn/module.ts";
import type { Transform } from "../optim/gradients.ts";
import type { GradientSums } from "../optim/gradient_sums.ts";
import type { Moments } from "../optim/moments.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import type { Device } from "../program/device.ts";
import type { InputSpec, Program, TracedProgram } from "../program/program.ts";
import { type Clock, requireScalar, type Trace } from "../program/trace.ts";
import { requireListed } from "./listed.ts";
import type { StepInputs, StepLoss } from "./objective.ts";

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
}

/** The traced programs of an update. */
export interface TracedUpdate {
  /** Adds the gradients of a batch; absent where an update has one batch only. */
  readonly add: TracedProgram | undefined;
  /** Adds those of the last batch and updates. Its scalars are the loss and the norm of the gradient. */
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
  const { seed = 0, trustInputs = true } = rest;
  const hook = (name: "beforeForward" | "afterUpdate", trace: Trace): void => {
    for (const { sparse: weight, label } of model.weights) {
      if (weight !== undefined) method?.[name]?.({ trace, weight, label });
    }
  };
  const context = { mode: "train", seed } as const;
  const options = { trustInputs };
  const add = accumulate === 1 ? undefined : device.trace(specs, (...inputs) => {
    hook("beforeForward", inputs[0].trace);
    sums.add(loss(inputs, context));
    return [];
  }, options);
  const last = device.trace(specs, (...inputs) => {
    hook("beforeForward", inputs[0].trace);
    const { trace } = inputs[0];
    const transform = transformOf(method, model, trace);
    const given = { ...(accumulate === 1 ? { moments } : { moments, sums }), ...transform };
    const update = optimizer.measuredUpdate(loss(inputs, context), given);
    hook("afterUpdate", inputs[0].trace);
    requireScalar(update.loss, "the loss of the optimizer's update");
    requireScalar(update.gradientNorm, "the norm of the optimizer's update");
    return [update.loss, update.gradientNorm];
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

/** The compiled programs of an update. */
export class UpdateProgram {
  readonly #add: Program | undefined;
  readonly #last: Program;
  #steps: number[] = [];
  #examples: number[] = [];

  /** Wraps what was compiled of a {@linkcode TracedUpdate}. */
  constructor(add: Program | undefined, last: Program) {
    this.#add = add;
    this.#last = last;
  }

  /** The program that updates. */
  get last(): Program {
    return this.#last;
  }

  /** A digest of what a step computes, kernel by kernel, and of its constants: another model or loss has another one. */
  async computation(): Promise<string> {
    const programs = this.#add === undefined ? [this.#last] : [this.#add, this.#last];
    const parts: unknown[] = [];
    for (const { traced: { calls, resources } } of programs) {
      parts.push(calls.map(({ kernel, params }) => [kernel.name, params]));
      for (const constant of resources.filter(({ category }) => category === "program")) {
        // Such as the weights of classes; nothing random is among them.
        parts.push([constant.label, ...await constant.initial({ seed: 0, stream: 0 }) ?? []]);
      }
    }
    return await digestOf(JSON.stringify(parts));
  }

  /** Runs one batch, whose place in the update `clock.part` says; the last one updates. */
  run(inputs: StepInputs, clock: Clock, examples: number): void {
    const { part } = clock;
    if (part !== undefined && part.before + examples < part.total) {
      this.#add?.run(inputs, clock, examples);
      return;
    }
    this.#last.run(inputs, clock, examples);
    this.#steps.push(clock.step);
    this.#examples.push(part?.total ?? examples);
  }

  /** Reads the scalars of the updates since the last call. */
  async read(): Promise<UpdateScalars> {
    const steps = this.#steps, examples = this.#examples;
    this.#steps = [];
    this.#examples = [];
    const [losses, norms] = await this.#last.scalars();
    return { steps, losses, norms, examples };
  }

  /** Leaves out the scalars of the updates so far: those of another run. */
  forget(): void {
    this.#steps = [];
    this.#examples = [];
    this.#last.forget();
  }
}
