/**
 * The linear layer, dense or sparse.
 *
 * @module
 */
import { linear as linearOperation } from "../ops/linear.ts";
import type { Tensor } from "../program/trace.ts";
import { dense } from "../sparse/patterns/mod.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import {
  defineLayer,
  describeProduct,
  type LayerDefinition,
  recordOf,
  requireShape,
} from "./definition.ts";
import { makeModule, type Module } from "./module.ts";
import { onnxLinear } from "./onnx_linear.ts";
import { makeBias, makeWeight, requireSizes, type WeightOptions } from "./parameters.ts";

/** Options of {@linkcode linear}. */
export interface LinearLayerOptions extends WeightOptions {
  /** Which connections may exist; all of them by default. */
  readonly pattern?: PatternSpec;
  /** Whether a bias is added; true by default. */
  readonly bias?: boolean;
  /** Name in plans, errors and checkpoints. */
  readonly name?: string;
}

/**
 * `y = W x + b`. Weights start as normal numbers of variance `2 / fan-in` (He et al. 2015,
 * equation 10) with the fan-in that the pattern really has, unless `init` says otherwise; biases start at 0.
 *
 * @param inputs Features of x.
 * @param outputs Features of y.
 * @throws {RangeError} if a size is not a whole number above 0, or the pattern cannot be had.
 * @example
 * ```ts
 * import { fanIn, nn } from "@filigree/filigree";
 *
 * const layer = nn.linear(784, 1024, { pattern: fanIn({ density: 0.05 }) });
 * console.assert(layer.weights[0].sparse?.budget === Math.floor(784 * 1024 * 0.05));
 * ```
 */
export function linear(inputs: number, outputs: number, options: LinearLayerOptions = {}): Module {
  const { pattern = dense(), bias: withBias = true, name = "linear" } = options;
  requireSizes(`linear layer "${name}"`, { inputs, outputs });
  const { matrix, known } = makeWeight(`${name}.weight`, outputs, inputs, pattern, options);
  const bias = withBias ? makeBias(`${name}.bias`, outputs) : undefined;
  const added = bias === undefined ? {} : { bias };
  return makeModule((x: Tensor) => linearOperation(x, matrix, added), {
    ...recordOf(linearLayer, { inputs, outputs, bias: withBias }),
    name,
    own: bias === undefined ? { weight: known } : { weight: known, bias },
  });
}

/** The linear layer as checkpoints and exports know it. */
export const linearLayer: LayerDefinition = defineLayer({
  kind: "linear",
  settings: {
    inputs: { type: "integer", least: 1, description: "Features of x" },
    outputs: { type: "integer", least: 1, description: "Features of y" },
    bias: { type: "boolean", description: "Whether a bias is added" },
  },
  make({ settings: { inputs, outputs, bias }, name, weight }) {
    return linear(inputs, outputs, { ...weight("weight"), bias, name });
  },
  exported: {
    neurons: true,
    inputs: ({ weights }) => weights.weight.inputs,
    shape(layer, input) {
      const { begin, inputs } = layer.weights.weight;
      const [, ...positions] = input;
      requireShape(layer, input, [inputs, ...positions]);
      return [begin.length - 1, ...positions];
    },
    describe({ name, weights: { weight }, vectors }, writer) {
      return {
        ...{ inputs: weight.inputs, outputs: weight.begin.length - 1 },
        ...describeProduct({ name, weight, bias: vectors.bias }, writer),
      };
    },
    onnx: onnxLinear,
  },
});
