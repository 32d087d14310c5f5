/**
 * What a layer is: a function over tensors that knows its parameters.
 *
 * @module
 */
import type { Resource } from "../program/resource.ts";
import { kindOf, type Tensor } from "../program/trace.ts";
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

/**
 * The parameters and weights of layers that one is made of; what several share, or one lists twice, is there once.
 *
 * @throws {TypeError} if one of them is no layer.
 */
export function partsOf(layers: readonly Layer[]): Pick<Layer, "parameters" | "weights"> {
  layers.forEach((layer, i) => requireLayer(layer, "compose layers", `layer ${i}`));
  const weights = new Map<Resource, LayerWeight>();
  for (const weight of layers.flatMap((layer) => layer.weights)) {
    // The first one counts, wherever its records were copied.
    if (!weights.has(weight.values)) weights.set(weight.values, weight);
  }
  return {
    parameters: [...new Set(layers.flatMap(({ parameters }) => parameters))],
    weights: [...weights.values()],
  };
}

/**
 * Refuses what is no layer.
 *
 * @param action What it was wanted for, and `what` it is there: "train", "the model".
 * @throws {TypeError} if it is a function without lists of parameters and weights, or no function.
 */
export function requireLayer(layer: Layer, action: string, what: string): void {
  const isFunction = typeof layer === "function";
  if (isFunction && Array.isArray(layer.parameters) && Array.isArray(layer.weights)) return;
  throw new TypeError(
    `Cannot ${action}: ${what} is ${
      isFunction ? "a plain function without lists of parameters and weights" : kindOf(layer)
    }; expected a Layer, as nn.linear and nn.sequential make, or nn.makeLayer(f, { kind, parameters, weights }) ` +
      "of a function of your own",
  );
}

/**
 * A model whose lists have everything once, whatever layers it is made of.
 *
 * @param action What it is wanted for, for the error: "train".
 * @throws {TypeError} if it is no layer.
 */
export function asModel(model: Layer, action: string): Layer {
  requireLayer(model, action, "the model");
  return Object.assign((x: Tensor): Tensor => model(x), model, partsOf([model]));
}

/** Makes a layer of a function and what it knows. */
export function makeLayer(
  forward: (x: Tensor) => Tensor,
  known: Omit<Layer, never>,
): Layer {
  return Object.assign((x: Tensor): Tensor => forward(x), known);
}
