/**
 * One linear layer or convolution under measurement: its forward product, and its whole training step: forward, the gradients of input,
 * weights and biases, AdamW. The layer, the programs and their memory are those that every model has; only the loss is left
 * out, since it costs the same whatever the layer.
 *
 * @module
 */
import { Random } from "../device/random.ts";
import { conv2d } from "../nn/conv2d.ts";
import { linear } from "../nn/linear.ts";
import type { Module } from "../nn/module.ts";
import { adamw } from "../optim/adamw.ts";
import { type Device, matrix } from "../program/device.ts";
import type { Plan } from "../program/plan.ts";
import type { Program } from "../program/program.ts";
import { Resource } from "../program/resource.ts";
import { paddedElements, type Shape, type Tensor, type Trace } from "../program/trace.ts";
import { recordLayerStep } from "../train/layer_step.ts";
import { toDense } from "../sparse/convert.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import type { Repeat } from "./timing.ts";

/** Size of a layer and of its batch. */
export interface LayerSize {
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly inputs: number;
  /** Examples; memory is padded to a multiple of 32. */
  readonly examples: number;
  /** Of a convolution, whose inputs are channels times the pixels of a window. */
  readonly images?: Images;
}

/** What a convolution is applied to: square images through windows of 3 x 3, padded so that they cover them. */
export interface Images {
  /** Height and width. */
  readonly size: number;
  /** Pixels from one window to the next. */
  readonly stride: number;
}

/** What layers of one size share: the batch and the gradient that comes back from what follows. */
export interface Operands {
  /** The size. */
  readonly size: LayerSize;
  /** The batch. */
  readonly x: Resource;
  /** Its shape: `[inputs, examples]`, or images. */
  readonly xShape: Shape;
  /** The gradient of the outputs. */
  readonly dy: Resource;
  /** Its shape: `[rows, examples]`, or images. */
  readonly dyShape: Shape;
}

/** Side of a convolution's windows. */
const WINDOW = 3;

/** What of the device's memory belongs to a layer whatever the batch. */
const OF_LAYER = ["parameters", "moments", "gradients", "indices", "permuted"] as const;

/** Draws the operands of layers. */
export function operandsOf(size: LayerSize): Operands {
  const { rows, inputs, examples, images } = size;
  const across = images === undefined ? 1 : Math.ceil(images.size / images.stride);
  const xShape = images === undefined
    ? [inputs, examples]
    : [inputs / WINDOW ** 2, images.size, images.size, examples];
  const dyShape = images === undefined ? [rows, examples] : [rows, across, across, examples];
  const drawn = (label: string, shape: Shape, stream: number, spread: number): Resource => {
    const length = paddedElements(shape);
    const initial = (): Float32Array =>
      new Random({ seed: 1, use: "values", stream }).normals(length, spread);
    return new Resource({ label, type: "f32", length, category: "inputs", initial });
  };
  const x = drawn("x", xShape, 1, 1);
  const dy = drawn("dy", dyShape, 2, 1 / (examples * across ** 2));
  return { size, x, xShape, dy, dyShape };
}

function layerOf({ rows, inputs, images }: LayerSize, pattern: PatternSpec): Module {
  if (images === undefined) return linear(inputs, rows, { pattern });
  const { stride } = images;
  const padding = (WINDOW - 1) / 2;
  return conv2d(inputs / WINDOW ** 2, rows, { kernel: WINDOW, stride, padding, pattern });
}

/** What a layer computes in a step. */
export interface StepResult {
  /** Outputs. */
  readonly y: Float32Array;
  /** Gradient of the input. */
  readonly dx: Float32Array;
}

/** A layer on a device, ready to run. Dispose of it to give the memory back. */
export class LayerUnderTest {
  /** The layer. */
  readonly layer: Module;
  /** What the step takes and does. */
  readonly plan: Plan;
  readonly #device: Device;
  readonly #forward: Program;
  readonly #step: Program;
  readonly #moments: Resource;

  private constructor(
    device: Device,
    layer: Module,
    forward: Program,
    step: Program,
    moments: Resource,
  ) {
    this.#device = device;
    this.layer = layer;
    this.#forward = forward;
    this.#step = step;
    this.#moments = moments;
    this.plan = device.plan([step.traced]);
  }

  /**
   * Makes a layer and compiles its programs.
   *
   * @throws {RangeError} if the layer cannot have the pattern.
   */
  static async open(
    device: Device,
    operands: Operands,
    pattern: PatternSpec,
  ): Promise<LayerUnderTest> {
    const { size, x, xShape, dy, dyShape } = operands;
    const layer = layerOf(size, pattern);
    const optimizer = adamw({ learningRate: 1e-3 });
    const moments = optimizer.begin(layer.parameters);
    const update = { optimizer, moments };
    const xOf = (trace: Trace): Tensor => trace.resource(x, xShape);
    // The batch lies on the device already; a program only needs something to be traced from.
    const forward = await device.compile([matrix(1, 1)], ({ trace }) => layer(xOf(trace)));
    const step = await device.compile([matrix(1, 1)], ({ trace }) => {
      const step = recordLayerStep(layer, update, xOf(trace), trace.resource(dy, dyShape));
      return [step.y, step.dx];
    });
    const [values] = layer.parameters;
    return new LayerUnderTest(device, layer, forward, step, moments.of(values)[0]);
  }

  /** Bytes of weights, moments, gradients and indices while it trains, without what depends on the batch. */
  get bytes(): number {
    return OF_LAYER.reduce((sum, category) => sum + this.plan.bytes[category], 0);
  }

  /** Runs the forward product. */
  readonly forward: Repeat = (times) => this.#run(this.#forward, times);

  /** Runs the whole step. */
  readonly step: Repeat = (times) => this.#run(this.#step, times);

  /** What one forward product gives. */
  async output(): Promise<Float32Array> {
    await this.forward(1);
    return await this.#forward.floats(0);
  }

  /** What one step gives; the weights move. */
  async result(): Promise<StepResult> {
    await this.step(1);
    return { y: await this.#step.floats(0), dx: await this.#step.floats(1) };
  }

  /** The weights as a matrix `[rows, inputs]`, 0 where there is no connection. */
  async weights(): Promise<Float32Array> {
    return this.#expand(await this.#device.readFloats(this.layer.weights[0].values));
  }

  /** The first moments of the weights, as {@linkcode weights}: after one step a tenth of their gradients. */
  async moments(): Promise<Float32Array> {
    return this.#expand(await this.#device.readFloats(this.#moments));
  }

  /** 1 for every connection, as {@linkcode weights}. */
  mask(): Float32Array {
    return this.#expand(new Float32Array(this.layer.weights[0].values.length).fill(1));
  }

  /** Overwrites the weights of a dense layer, and its biases with 0. */
  setWeights(weights: Float32Array): void {
    const [values, bias] = this.layer.parameters;
    this.#device.write(values, weights);
    this.#device.write(bias, new Float32Array(bias.length));
  }

  /** Gives the memory back, except what other programs of the device may use. */
  [Symbol.dispose](): void {
    const { resources } = this.#step.traced;
    this.#forward.dispose();
    this.#step.dispose();
    for (const resource of resources) {
      const own = OF_LAYER.some((category) => category === resource.category);
      if (own && this.#device.has(resource)) this.#device.free(resource);
    }
  }

  async #run(program: Program, times: number): Promise<void> {
    for (let i = 0; i < times; i++) program.run([NOTHING]);
    await this.#device.backend.settled();
  }

  #expand(values: Float32Array): Float32Array {
    const { sparse } = this.layer.weights[0];
    return sparse === undefined ? values : toDense(sparse.pattern, values);
  }
}

/** The input of a program that needs none, padded as every input is. */
const NOTHING = new Float32Array(32);
