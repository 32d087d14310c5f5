/**
 * The training step of one linear layer by itself: forward, the gradients of input, weights and biases, the update. What a
 * layer costs inside a network, without the network.
 *
 * @module
 */
import type { Module } from "../nn/module.ts";
import type { Transform } from "../optim/gradients.ts";
import type { Moments } from "../optim/moments.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import type { Tensor } from "../program/trace.ts";

/** What a step of a layer computes. */
export interface LayerStep {
  /** Outputs: `[outputs, examples]`. */
  readonly y: Tensor;
  /** Gradient of the input: `[inputs, examples]`. */
  readonly dx: Tensor;
}

/** How the parameters of a layer change. */
export interface LayerUpdate {
  /** By what rule. */
  readonly optimizer: Optimizer;
  /** What it keeps of them; by default the program's own. */
  readonly moments?: Moments;
  /** What is done to their gradients before; nothing by default. */
  readonly transform?: Transform;
}

/**
 * Records the step of a layer inside a trace.
 *
 * @param layer A layer with one weight matrix, such as `nn.linear` gives.
 * @param optimizer How its parameters change, and what it keeps of them if that is read later.
 * @param x The batch: `[inputs, examples]`.
 * @param dy The gradient that comes from above: `[outputs, examples]`.
 */
export function recordLayerStep(
  layer: Module,
  { optimizer, moments, transform }: LayerUpdate,
  x: Tensor,
  dy: Tensor,
): LayerStep {
  const { trace } = x;
  let dx: Tensor | undefined;
  // As if `x` came from a layer below, so that its gradient is wanted.
  trace.differentiable({
    inputs: [trace.resource(layer.weights[0].values)],
    output: x,
    backward(upstream) {
      dx = upstream;
      return [undefined];
    },
  });
  const y = layer(x);
  // As if a loss had been computed from `y` whose gradient is `dy`.
  const loss = trace.transient([], "activations");
  trace.differentiable({ inputs: [y], output: loss, backward: () => [dy] });
  optimizer.update(loss, {
    ...(moments === undefined ? {} : { moments }),
    ...(transform === undefined ? {} : { transform }),
  });
  if (dx === undefined) throw new TypeError("Cannot record a step: the layer does not read x");
  return { y, dx };
}
