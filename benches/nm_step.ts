/**
 * The step of a recipe that trains a dense weight towards N:M, in the middle of its sparse phase: selection, forward under the
 * mask, both gradients, what the method does to that of the weight, AdamW, what the method does after it. And the same of a
 * dense layer.
 *
 * @module
 */
import type { Operands } from "../src/crossover/layer.ts";
import { requireEqual } from "../src/crossover/gate.ts";
import type { Repeat } from "../src/crossover/timing.ts";
import type { Method } from "../src/methods/method.ts";
import { linear } from "../src/nn/linear.ts";
import type { Module } from "../src/nn/module.ts";
import { adamw } from "../src/optim/adamw.ts";
import type { Transform } from "../src/optim/gradients.ts";
import { type Device, matrix } from "../src/program/device.ts";
import type { Program } from "../src/program/program.ts";
import type { Resource } from "../src/program/resource.ts";
import type { Trace } from "../src/program/trace.ts";
import type { MaskState } from "../src/sparse/mask.ts";
import { nm } from "../src/sparse/patterns/mod.ts";
import { recordLayerStep } from "../src/train/layer_step.ts";

/** A method, and what it trains towards. */
export interface Recipe {
  /** The method. */
  readonly method: Method;
  /** n of m. */
  readonly ratio: readonly [n: number, m: number];
}

/** A step by which a run is in the middle of its sparse phase, whatever the method. */
const MIDDLE = { step: 600, totalSteps: 1000 };

/** The input of a program that needs none, padded as every input is. */
const NOTHING = new Float32Array(32);

/** A layer whose step runs on a device. */
export class RecipeStep {
  /** What its mask is; absent of a dense layer. */
  readonly state?: MaskState;
  readonly #device: Device;
  readonly #layer: Module;
  readonly #program: Program;
  readonly #moments: Resource;

  private constructor(
    device: Device,
    layer: Module,
    program: Program,
    moments: Resource,
    state?: MaskState,
  ) {
    this.#device = device;
    this.#layer = layer;
    this.#program = program;
    this.#moments = moments;
    if (state !== undefined) this.state = state;
  }

  /** Compiles the step of a layer, that of a dense one without a recipe. */
  static async open(device: Device, operands: Operands, recipe?: Recipe): Promise<RecipeStep> {
    const { size: { rows, inputs }, x, xShape, dy, dyShape } = operands;
    const layer = recipe === undefined
      ? linear(inputs, rows)
      : linear(inputs, rows, { pattern: nm(...recipe.ratio), storage: "masked" });
    const optimizer = adamw({ learningRate: 1e-3 });
    const moments = optimizer.begin(layer.parameters);
    const program = await device.compile([matrix(1, 1)], ({ trace }) => {
      const transform = transformOf(trace, layer, recipe);
      const update = { optimizer, moments, ...transform };
      const { y, dx } = recordLayerStep(
        layer,
        update,
        trace.resource(x, xShape),
        trace.resource(dy, dyShape),
      );
      const [{ sparse: weight, label }] = layer.weights;
      if (weight !== undefined) recipe?.method.afterUpdate?.({ trace, weight, label });
      return [y, dx];
    });
    const state = recipe && await stateOf(recipe, rows, inputs);
    if (state !== undefined) layer.weights[0].sparse?.mask?.set(device, state);
    const [values] = layer.parameters;
    return new RecipeStep(device, layer, program, moments.of(values)[0], state);
  }

  /** Runs the step. */
  readonly step: Repeat = async (times) => {
    for (let i = 0; i < times; i++) this.#program.run([NOTHING]);
    await this.#device.backend.settled();
  };

  /** The weights, `[rows, inputs]`. */
  async weights(): Promise<Float32Array> {
    return await this.#device.readFloats(this.#layer.weights[0].values);
  }

  /** Overwrites them. */
  setWeights(weights: Float32Array): void {
    this.#device.write(this.#layer.weights[0].values, weights);
  }

  /** Runs one step: outputs, gradient of the input, and first moments of the weights, a tenth of their gradient at first. */
  async result(): Promise<Readonly<Record<"y" | "dx" | "moments", Float32Array>>> {
    await this.step(1);
    const [y, dx] = [await this.#program.floats(0), await this.#program.floats(1)];
    return { y, dx, moments: await this.#device.readFloats(this.#moments) };
  }
}

/** What a method does to the gradient of the weight. */
function transformOf(
  trace: Trace,
  layer: Module,
  recipe?: Recipe,
): { readonly transform?: Transform } {
  const [{ sparse: weight, label, values }] = layer.weights;
  const { method } = recipe ?? {};
  if (weight === undefined || method?.gradient === undefined) return {};
  return {
    transform(gradients) {
      const gradient = gradients.of.get(values);
      if (gradient === undefined) throw new TypeError("Cannot record a step: no gradient");
      const changed = method.gradient?.({ trace, weight, label }, gradient) ?? gradient;
      return { ...gradients, of: new Map(gradients.of).set(values, changed) };
    },
  };
}

/** What a method says of the mask. */
async function stateOf(
  { method, ratio: [n, m] }: Recipe,
  rows: number,
  inputs: number,
): Promise<MaskState> {
  const state = await method.mask?.({
    ...{ ratio: { n, m }, ...MIDDLE, before: { n, m }, shape: [rows, inputs] },
    values: () => Promise.reject(new TypeError("Cannot say a mask: the bench has no values")),
    replace() {},
  });
  if (state === undefined) throw new TypeError(`Cannot time ${method.name}: it has no mask`);
  return state;
}

/**
 * Compares the first step of a recipe with that of a dense layer of the weights that the recipe reads.
 *
 * @param exact Whether the gradient of weights outside of the mask is that of the chain rule.
 * @throws {Error} if they disagree by more than rounding.
 */
export async function requireRecipe(
  masked: RecipeStep,
  dense: RecipeStep,
  exact: boolean,
): Promise<void> {
  const { state } = masked;
  if (state === undefined) throw new TypeError("Cannot compare: the first layer has no mask");
  const { beta = 0, decay = 0 } = state;
  const fresh = await masked.weights();
  const first = await masked.result();
  const inside = largest(fresh, state);
  dense.setWeights(fresh.map((w, at) => inside[at] ? w : beta * w));
  const expected = await dense.result();
  requireEqual("output", first.y, expected.y);
  requireEqual("gradient of the input", first.dx, expected.dx);
  const moments = expected.moments.map((moment, at) =>
    inside[at] ? moment : (exact ? beta * moment : moment) + 0.1 * decay * fresh[at]
  );
  requireEqual("gradient of the weights", first.moments, moments);
  dense.setWeights(fresh);
}

/** Whether each weight is among the n largest of its segment, ties to the lowest. Rows are whole segments. */
function largest(weights: Float32Array, { n, m }: MaskState): Uint8Array {
  const inside = new Uint8Array(weights.length);
  for (let begin = 0; begin < weights.length; begin += m) {
    const places = Array.from({ length: m }, (_, i) => begin + i);
    places.sort((a, b) => Math.abs(weights[b]) - Math.abs(weights[a]) || a - b);
    for (const at of places.slice(0, n)) inside[at] = 1;
  }
  return inside;
}
