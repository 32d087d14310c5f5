/**
 * What a layer is: a function over tensors that knows its parameters.
 *
 * @module
 */
import type { Resource } from "../program/resource.ts";
import type { Tensor } from "../program/trace.ts";
import type { SparseWeight } from "../sparse/weight.ts";
import type { Operation } from "./operation.ts";

/** The matrix of a linear layer or a convolution, with its place in the model. */
export interface LayerWeight {
  /** Name inside the model, such as `"2.weight"`. */
  readonly label: string;
  /** Shape `[outputs, inputs]`. */
  readonly shape: readonly [number, number];
  /** Height and width of the windows of a convolution; its inputs are channels times these. */
  readonly kernel?: readonly [height: number, width: number];
  /** The values: all of them, or those of the active connections. */
  readonly values: Resource;
  /** The sparse matrix, if it is one. */
  readonly sparse: SparseWeight | undefined;
}

/** A function over tensors that knows its parameters. */
export interface Layer {
  /** Applies the layer: `[features, examples]` to `[features, examples]`. */
  (x: Tensor): Tensor;
  /** What it is, for people. */
  readonly kind: string;
  /** Everything that training changes, in a fixed order. */
  readonly parameters: readonly Resource[];
  /** Its weight matrices, from the input to the output. */
  readonly weights: readonly LayerWeight[];
  /** What it does, in order: what exports and `loadModel` need. Those without it are trained and saved alike. */
  readonly operations?: readonly Operation[];
  /** The same layer followed by a relu in one kernel, where it can. */
  readonly withRelu?: (x: Tensor) => Tensor;
}

/** The parameters and weights of layers that one is made of; those of a layer that comes twice are there once. */
export function partsOf(layers: readonly Layer[]): Pick<Layer, "parameters" | "weights"> {
  return {
    parameters: [...new Set(layers.flatMap(({ parameters }) => parameters))],
    weights: [...new Set(layers.flatMap(({ weights }) => weights))],
  };
}

/** Makes a layer of a function and what it knows. */
export function makeLayer(
  forward: (x: Tensor) => Tensor,
  known: Omit<Layer, never>,
): Layer {
  return Object.assign((x: Tensor): Tensor => forward(x), known);
}
