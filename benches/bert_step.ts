/**
 * Steps of BERT on a device: of a whole pre-training (forward, backward, AdamW with clipping), or of one layer of its encoder.
 * Texts are drawn: what they are does not change what a step costs.
 *
 * @module
 */
import type { Backend } from "../src/device/backend.ts";
import { Random } from "../src/device/random.ts";
import { type Bert, bert, type BertSizeName } from "../src/models/bert.ts";
import { transformerBlock } from "../src/nn/mod.ts";
import type { AnyModule } from "../src/nn/module.ts";
import { adamw } from "../src/optim/adamw.ts";
import type { Device } from "../src/program/device.ts";
import type { Plan } from "../src/program/plan.ts";
import type { Program, TracedProgram } from "../src/program/program.ts";
import type { PatternSpec } from "../src/sparse/spec.ts";
import { pretraining } from "../src/tasks/pretraining.ts";
import { recordLayerStep } from "../src/train/layer_step.ts";
import { inputNames, lossOf } from "../src/train/objective.ts";
import { deviceOf } from "./layer.ts";

/** How parameters change. */
export const LEARNING_RATE = 1e-4, WEIGHT_DECAY = 0.01, CLIP_NORM = 1;

/** A step of pre-training. */
export interface BertShape {
  /** The model. */
  readonly size: BertSizeName;
  /** Pieces of words. */
  readonly vocabulary: number;
  /** Texts. */
  readonly batch: number;
  /** Positions of a text. */
  readonly positions: number;
  /** How many of them are to be told. */
  readonly places: number;
  /** Which connections of the encoder exist; all of them by default. */
  readonly pattern?: PatternSpec;
}

/** What a step takes, by name. */
export type DrawnInputs = Readonly<Record<string, Drawn>>;

/** An array of a step. */
interface Drawn {
  readonly spec: { readonly shape: readonly number[]; readonly type: "u32" | "f32" };
  readonly data: Uint32Array | Float32Array;
}

/** What a step is made of. */
interface Parts {
  readonly model: AnyModule;
  readonly device: Device;
  readonly traced: TracedProgram;
  readonly data: readonly Drawn["data"][];
  readonly batch: number;
}

/** A step on a device, whose plan says what it takes. */
export class BertStep implements Disposable {
  /** The model, with the memory that it has on the device. */
  readonly model: AnyModule;
  /** Where it lies. */
  readonly device: Device;
  /** What the step takes. */
  readonly plan: Plan;
  /** Loss of the last step, if there is one. */
  loss = 0;
  readonly #program: Program;
  readonly #data: readonly (Uint32Array | Float32Array)[];
  readonly #batch: number;
  #steps = 0;

  private constructor({ model, device, traced, data, batch }: Parts, program: Program) {
    this.model = model;
    this.device = device;
    this.plan = device.plan([traced]);
    this.#program = program;
    this.#data = data;
    this.#batch = batch;
  }

  /**
   * A step of pre-training.
   *
   * @throws {Error} if other bytes are taken than the plan says.
   */
  static async pretraining(backend: Backend, shape: BertShape): Promise<BertStep> {
    const device = deviceOf(backend);
    const model = modelOf(shape);
    const task = pretraining();
    const lossIn = lossOf({ model, task });
    const optimizer = adamw({
      ...{ learningRate: LEARNING_RATE, weightDecay: WEIGHT_DECAY, clipNorm: CLIP_NORM },
    });
    const drawn = drawnInputs(shape);
    const inputs = inputNames(task).map((name) => drawn[name]);
    const traced = device.trace(
      inputs.map(({ spec }) => spec),
      (...given) => optimizer.update(lossIn(given, { mode: "train" })),
      { trustInputs: true },
    );
    const data = inputs.map((input) => input.data);
    return await BertStep.#open(backend, { model, device, traced, data, batch: shape.batch });
  }

  /**
   * A step of one layer of an encoder: forward, the gradients of its input and of its parameters, their update.
   *
   * @throws {Error} if other bytes are taken than the plan says.
   */
  static async layer(
    backend: Backend,
    { features, heads, positions, batch, pattern }: {
      readonly features: number;
      readonly heads: number;
      readonly pattern?: PatternSpec;
    } & Pick<BertShape, "positions" | "batch">,
  ): Promise<BertStep> {
    const device = deviceOf(backend);
    const model = transformerBlock({
      ...{ features, heads },
      ...(pattern === undefined ? {} : { pattern }),
    });
    const optimizer = adamw({ learningRate: LEARNING_RATE, weightDecay: WEIGHT_DECAY });
    const spec = { shape: [features, positions, batch], type: "f32" as const };
    const traced = device.trace([spec, spec], (x, dy) => {
      const { y, dx } = recordLayerStep(model, { optimizer }, x, dy);
      return [y, dx];
    }, { trustInputs: true });
    const random = randomNumbers();
    const data = traced.inputElements.map((elements) => random.normals(elements, 1));
    return await BertStep.#open(backend, { model, device, traced, data, batch });
  }

  static async #open(
    backend: Backend,
    parts: Parts,
  ): Promise<BertStep> {
    const before = backend.allocatedBytes;
    const program = await parts.device.prepare(parts.traced);
    const step = new BertStep(parts, program);
    const taken = backend.allocatedBytes - before;
    const { total } = step.plan.bytes;
    if (taken === total) return step;
    step[Symbol.dispose]();
    throw new Error(`Cannot bench BERT: it takes ${taken} bytes; its plan says ${total}`);
  }

  /** Takes steps, and gives what they lower: the loss of each step of a pre-training. */
  async run(times = 1): Promise<number[]> {
    for (let i = 0; i < times; i++) {
      this.#program.run(this.#data, { step: this.#steps++, totalSteps: 1000 }, this.#batch);
    }
    await this.device.backend.settled();
    const [losses = new Float32Array(0)] = await this.#program.scalars();
    if (losses.length === 0) return [];
    this.loss = losses[losses.length - 1];
    if (losses.every(Number.isFinite)) return [...losses];
    throw new Error(`Cannot bench BERT: its losses are ${losses}`);
  }

  /** Gives its memory back; the device stays open. */
  [Symbol.dispose](): void {
    const { traced } = this.#program;
    this.#program.dispose();
    for (const resource of traced.resources) {
      if (this.device.has(resource)) this.device.free(resource);
    }
  }
}

function modelOf({ size, vocabulary, positions, pattern }: BertShape): Bert {
  const sparse = pattern === undefined ? {} : { pattern: () => pattern, sparsity: 0.9 };
  return bert({ size, vocabulary, positions, ...sparse });
}

/** Texts of which every position holds a piece. */
export function drawnInputs(
  { vocabulary, positions, places, batch }: Omit<BertShape, "size" | "pattern">,
): DrawnInputs {
  const random = randomNumbers();
  const whole = (length: number, below: number): Drawn => ({
    spec: { shape: [length, batch], type: "u32" },
    data: Uint32Array.from({ length: length * batch }, () => random.below(below)),
  });
  const ones = (length: number): Drawn => ({
    spec: { shape: [length, batch], type: "f32" },
    data: new Float32Array(length * batch).fill(1),
  });
  return {
    tokens: whole(positions, vocabulary),
    segments: whole(positions, 2),
    mask: ones(positions),
    places: whole(places, positions),
    words: whole(places, vocabulary),
    weights: ones(places),
    next: whole(1, 2),
  };
}

function randomNumbers(): Random {
  return new Random({ seed: 5, use: "values", stream: 0 });
}
