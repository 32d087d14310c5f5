/**
 * Rectified linear unit.
 *
 * @module
 */
import type { Tensor } from "../../program/trace.ts";
import { apply } from "../apply.ts";
import { dy, max, type Pointwise, select, x, y } from "../expression.ts";

/** `max(x, 0)`. */
export const RELU: Pointwise = {
  name: "relu",
  value: max(x, 0),
  gradient: select(y, dy, 0),
};

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
  return apply(RELU, x);
}
