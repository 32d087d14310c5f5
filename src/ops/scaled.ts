/**
 * Gradients that were recorded with a loss, before anybody knew what becomes of it.
 *
 * @module
 */
import type { Tensor } from "../program/trace.ts";
import { scaleBy } from "./kernels/scale_by.ts";

/** A gradient of a loss by itself, times that of what the loss went into. */
export function scaled(gradient: Tensor, upstream: Tensor): Tensor {
  const { trace, shape, storage } = gradient;
  if (upstream === trace.one) return gradient;
  const isActivation = storage.kind === "transient" && storage.category === "activations";
  const y = isActivation ? trace.activation(shape) : trace.transient(shape, "gradients");
  trace.emit(scaleBy, [gradient, upstream, y], { length: y.elements });
  return y;
}
