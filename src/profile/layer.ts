/**
 * The training step of one linear layer by itself: forward with bias, the gradients of input, weights and bias, and the update.
 * What a layer costs inside a network, without the network.
 *
 * @module
 */
import type { Module } from "../nn/module.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import { type Device, matrix } from "../program/device.ts";
import type { TracedProgram } from "../program/program.ts";
import { recordLayerStep } from "../train/layer_step.ts";

/**
 * Traces the step of a layer. Its inputs are `x: [inputs, batch]` and the gradient that comes from above,
 * `dy: [outputs, batch]`; its outputs are `y: [outputs, batch]` and `dx: [inputs, batch]`.
 *
 * @param layer A layer with one weight matrix, such as `nn.linear` gives.
 * @param optimizer How its parameters change.
 * @param batch Examples.
 */
export function traceLayerStep(
  device: Device,
  layer: Module,
  optimizer: Optimizer,
  batch: number,
): TracedProgram {
  const [{ shape: [outputs, inputs] }] = layer.weights;
  return device.trace([matrix(inputs, batch), matrix(outputs, batch)], (x, dy) => {
    const { y, dx } = recordLayerStep(layer, { optimizer }, x, dy);
    return [y, dx];
  }, { trustInputs: true });
}
