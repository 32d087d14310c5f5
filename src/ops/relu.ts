/**
 * Rectified linear unit.
 *
 * @module
 */
import type { Tensor } from "../program/trace.ts";
import { EPILOGUE } from "./kernels/constants.ts";
import { relu as reluKernel, reluGradient } from "./kernels/mod.ts";

/**
 * `max(x, 0)`.
 *
 * @param x Any shape.
 * @returns The same shape.
 * @example
 * ```ts
 * import { createDevice, matrix, relu } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([matrix(1, 32)], (x) => relu(x));
 * program.run([new Float32Array(32).fill(-1)], { step: 0, totalSteps: 0 });
 * console.assert((await program.floats(0))[0] === 0);
 * ```
 */
export function relu(x: Tensor): Tensor {
  const { trace } = x;
  const y = trace.activation(x.shape);
  trace.emit(reluKernel, [x, y], { length: x.elements });
  trace.differentiable({ inputs: [x], output: y, backward: (dy) => [throughRelu(y, dy)] });
  return y;
}

/**
 * The gradient before a relu from that behind it: `dy` where `y > 0`, else 0. If the last call of
 * the trace is the product that gave `dy`, that product's epilogue does it; nothing else can have
 * used `dy` then.
 */
export function throughRelu(y: Tensor, dy: Tensor): Tensor {
  const { trace } = y;
  const producer = trace.calls[trace.calls.length - 1];
  const bindings = producer?.kernel.bindings ?? [];
  const extra = bindings.findIndex((b) => b.name === "extra");
  if (
    extra >= 0 && producer.params.epilogue === EPILOGUE.none &&
    producer.tensors[bindings.length - 1] === dy.root && !trace.isShared(dy)
  ) {
    producer.tensors[extra] = y.root;
    producer.params = { ...producer.params, epilogue: EPILOGUE.gate };
    return dy;
  }
  const dx = trace.activation(y.shape);
  trace.emit(reluGradient, [y, dy, dx], { length: y.elements });
  return dx;
}
