/**
 * Reverse-mode differentiation of a trace: walks the tape backwards and records the gradient
 * kernels behind the forward ones.
 *
 * @module
 */
import { COLUMN_TILE, type Kernel } from "../device/kernel.ts";
import type { Tensor } from "./trace.ts";

/**
 * Records the gradients of a scalar.
 *
 * @param loss Scalar tensor.
 * @param add Kernel `add`, with which two gradients of one tensor are summed.
 * @returns The gradient of every parameter tensor that the loss depends on.
 * @throws {TypeError} if the loss is not a scalar or depends on no parameter.
 */
export function differentiate(loss: Tensor, add: Kernel): Map<Tensor, Tensor> {
  const trace = loss.trace;
  if (loss.shape.length !== 0) {
    throw new TypeError(
      `Cannot differentiate a tensor of shape [${loss.shape}]: only a scalar has a gradient; take its mean first`,
    );
  }
  if (trace.columnTile !== COLUMN_TILE) {
    throw new TypeError(
      "Cannot differentiate a program of a single example: its activations are not padded; " +
        "expected an input made by matrix(features, 1)",
    );
  }
  if (!trace.wantsGradient(loss)) {
    throw new TypeError(
      "Cannot differentiate the loss: it depends on no parameter; expected one that a layer has computed",
    );
  }
  const gradients = new Map<Tensor, Tensor>([[loss, trace.one]]);
  for (const entry of [...trace.tape].reverse()) {
    const upstream = gradients.get(entry.output);
    if (upstream === undefined) continue;
    gradients.delete(entry.output);
    const contributions = entry.backward(upstream);
    entry.inputs.forEach((input, i) => {
      const gradient = contributions[i];
      if (gradient === undefined || !trace.wantsGradient(input)) return;
      const before = gradients.get(input);
      gradients.set(input, before === undefined ? gradient : sum(before, gradient, add));
    });
  }
  return gradients;
}

function sum(a: Tensor, b: Tensor, add: Kernel): Tensor {
  const { trace, shape } = a;
  const category = a.storage.kind === "transient" ? a.storage.category : "gradients";
  const out = category === "gradients" ? trace.transient(shape, category) : trace.activation(shape);
  trace.emit(add, [a, b, out], { length: a.elements });
  return out;
}
