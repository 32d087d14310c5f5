/**
 * Hyperbolic tangent.
 *
 * @module
 */
import type { Tensor } from "../../program/trace.ts";
import { apply } from "../apply.ts";
import {
  abs,
  add,
  divide,
  dy,
  exp,
  min,
  multiply,
  type Pointwise,
  select,
  subtract,
  x,
  y,
} from "../expression.ts";

// Beyond 10 the result is 1 in float32.
const small = exp(multiply(-2, min(abs(x), 10)));
const size = divide(subtract(1, small), add(1, small));

/** `(1 - e^(-2 |x|)) / (1 + e^(-2 |x|))`, with the sign of x. */
export const TANH: Pointwise = {
  name: "tanh",
  value: select(x, size, subtract(0, size)),
  gradient: multiply(dy, subtract(1, multiply(y, y))),
};

/**
 * The hyperbolic tangent. On every device within 1e-6.
 *
 * @param x Any shape.
 * @returns The same shape.
 * @example
 * ```ts
 * import { createDevice, matrix, tanh } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([matrix(1, 32)], (x) => tanh(x));
 * program.run([new Float32Array(32).fill(1)], { step: 0, totalSteps: 0 });
 * console.assert(Math.abs((await program.floats(0))[0] - 0.7615942) < 1e-6);
 * ```
 */
export function tanh(x: Tensor): Tensor {
  return apply(TANH, x);
}
