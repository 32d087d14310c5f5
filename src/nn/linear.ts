/**
 * The linear layer, dense or sparse.
 *
 * @module
 */
import { Random } from "../device/random.ts";
import { linear as linearOperation } from "../ops/linear.ts";
import type { Matrix } from "../ops/matrix.ts";
import { Resource } from "../program/resource.ts";
import type { Tensor } from "../program/trace.ts";
import { dense, type PatternSpec } from "../sparse/spec.ts";
import { SparseWeight } from "../sparse/weight.ts";
import { type Layer, makeLayer } from "./layer.ts";

/** Options of {@linkcode linear}. */
export interface LinearLayerOptions {
  /** Which connections may exist; all of them by default. */
  readonly pattern?: PatternSpec;
  /** Whether a bias is added; true by default. */
  readonly bias?: boolean;
  /** Name in plans, errors and checkpoints. */
  readonly name?: string;
}

/**
 * `y = W x + b`. Weights start as normal numbers of variance `2 / fan-in` (He et al. 2015,
 * equation 10) with the fan-in that the pattern really has; biases start at 0.
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
export function linear(inputs: number, outputs: number, options: LinearLayerOptions = {}): Layer {
  const { pattern = dense(), bias: withBias = true, name = "linear" } = options;
  for (const [what, size] of [["inputs", inputs], ["outputs", outputs]] as const) {
    if (!Number.isInteger(size) || size <= 0) {
      throw new RangeError(
        `Cannot make linear layer "${name}": ${what} is ${size}; expected a whole number above 0`,
      );
    }
  }
  const label = `${name}.weight`;
  const weight: Matrix = pattern.kind === "dense"
    ? denseMatrix(label, outputs, inputs)
    : new SparseWeight({ label, rows: outputs, inputs, spec: pattern });
  const bias = withBias
    ? new Resource({
      label: `${name}.bias`,
      type: "f32",
      length: outputs,
      category: "parameters",
      trainable: true,
    })
    : undefined;
  const apply = (x: Tensor, activation: "none" | "relu"): Tensor =>
    linearOperation(x, weight, { activation, ...(bias === undefined ? {} : { bias }) });
  return makeLayer((x) => apply(x, "none"), {
    kind: "linear",
    parameters: bias === undefined ? [weight.values] : [weight.values, bias],
    weights: [{
      label,
      shape: [outputs, inputs],
      values: weight.values,
      sparse: weight instanceof SparseWeight ? weight : undefined,
    }],
    withRelu: (x) => apply(x, "relu"),
  });
}

function denseMatrix(label: string, rows: number, inputs: number): Matrix {
  const length = rows * inputs;
  const values = new Resource({
    label,
    type: "f32",
    length,
    category: "parameters",
    trainable: true,
    decay: true,
    initial: ({ seed, stream }) =>
      new Random({ seed, use: "values", stream }).normals(length, Math.sqrt(2 / inputs)),
  });
  return { kind: "dense", rows, inputs, values };
}
