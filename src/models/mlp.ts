/**
 * The multi-layer perceptron.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import { linear } from "../nn/linear.ts";
import type { Module } from "../nn/module.ts";
import type { WeightOptions } from "../nn/parameters.ts";
import { relu } from "../nn/relu.ts";
import { sequential } from "../nn/sequential.ts";
import type { Distribution } from "../sparse/density.ts";
import { fanIn } from "../sparse/patterns/mod.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import { type ModelDefinition, type ModelGiven, WIDEST } from "./definition.ts";
import { type SparseLayers, sparsePatterns } from "./sparse_layers.ts";
import { layerWeights } from "./weights.ts";

/** Options of {@linkcode mlp}. */
export interface MlpOptions {
  /** Features of the input, of each hidden layer, and classes. */
  readonly sizes: readonly number[];
  /** Share of absent connections over all layers, in [0, 1); 0 makes every layer dense. */
  readonly sparsity?: number;
  /** How the density is spread over the layers; `"erk"` by default. */
  readonly distribution?: Distribution;
  /** The pattern of a layer with a density below 1; a constant fan-in by default. */
  readonly pattern?: (density: number) => PatternSpec;
  /** Which layers are sparse; all by default. */
  readonly sparseLayers?: readonly SparseLayers[];
  /** How weights begin, and where those of sparse layers live; as in `nn.linear` by default. */
  readonly weights?: WeightOptions;
}

/**
 * Linear layers with relus between them. With a sparsity, every layer whose density the
 * distribution puts below 1 gets a pattern of that density.
 *
 * @throws {RangeError} if there are fewer than two sizes or the sparsity cannot be had.
 * @example
 * ```ts
 * import { mlp } from "@filigree/filigree";
 *
 * const model = mlp({ sizes: [784, 512, 512, 10], sparsity: 0.95 });
 * console.assert(model.weights.length === 3);
 * ```
 */
export function mlp(options: MlpOptions): Module {
  const { sizes } = options;
  if (sizes.length < 2) {
    throw new RangeError(`Cannot make an MLP of sizes [${sizes}]: expected at least two`);
  }
  const shapes = sizes.slice(1).map((outputs, i) => ({
    name: `layer${i}`,
    shape: [outputs, sizes[i]],
  }));
  const patterns = sparsePatterns(shapes, {
    pattern: (density) => fanIn({ density }),
    distribution: "erk",
    ...options,
  });
  return sequential(...shapes.flatMap(({ name, shape: [outputs, inputs] }, i) => {
    const { pattern } = patterns[name];
    const layer = linear(inputs, outputs, { name, ...layerWeights(pattern, options.weights) });
    return i < shapes.length - 1 ? [layer, relu()] : [layer];
  }));
}

/** The multi-layer perceptron by name. */
export const definition: ModelDefinition = define({
  name: "mlp",
  description: "Linear layers with relus between them",
  rank: 1,
  options: {
    hidden: {
      type: "list",
      of: { type: "integer", least: 1, most: WIDEST },
      least: 1,
      description: "Sizes of the hidden layers, with commas; 512,512 by default",
      flag: "--hidden",
    },
  },
  make({ hidden = [512, 512] }, { inputs, outputs, ...options }: ModelGiven) {
    const sizes = [inputs, ...hidden, outputs];
    return { model: mlp({ sizes, ...options }), summary: sizes.join("-") };
  },
});
