/**
 * Gaussian error linear unit.
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
  type Expression,
  max,
  min,
  multiply,
  type Pointwise,
  polynomial,
  select,
  subtract,
  x,
} from "../expression.ts";

/** How the normal distribution is computed: by the error function, or by a tanh that is near it. */
export type GeluForm = "erf" | "tanh";

/** `x` times the share of the normal distribution below it, and its slope. */
function distribution(): { readonly value: Expression; readonly slope: Expression } {
  // Beyond 13 the tail is no number of float32; a square of what is far beyond would not be one either.
  const size = min(abs(x), 13);
  const density = exp(multiply(-0.5, size, size));
  // erf as Abramowitz and Stegun have it (1964, 7.1.26): within 1.5e-7.
  const t = divide(1, add(1, multiply(0.3275911 * Math.SQRT1_2, size)));
  const series = [0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429];
  const tail = multiply(polynomial(t, series.map((term) => term / 2)), t, density);
  const below = select(x, subtract(1, tail), tail);
  const slope = add(below, multiply(1 / Math.sqrt(2 * Math.PI), x, density));
  return { value: multiply(x, below), slope };
}

/** The same with `(1 + tanh(u)) / 2` for the distribution, which is `1 / (1 + exp(-2 u))`. */
function approximation(): { readonly value: Expression; readonly slope: Expression } {
  const near = max(min(x, 9.5), -9.5);
  const square = multiply(near, near);
  const factor = Math.sqrt(8 / Math.PI);
  const twice = multiply(near, add(factor, multiply(0.044715 * factor, square)));
  const small = exp(subtract(0, abs(twice)));
  const inverse = divide(1, add(1, small));
  const below = multiply(select(x, 1, small), inverse);
  // g (1 - g) of the distribution g, without a difference that cancels.
  const bend = multiply(small, inverse, inverse);
  const climb = add(factor, multiply(3 * 0.044715 * factor, square));
  return { value: multiply(x, below), slope: add(below, multiply(near, bend, climb)) };
}

const exact = distribution();
const approximate = approximation();

/** The operations by their forms. */
export const GELU: Readonly<Record<GeluForm, Pointwise>> = {
  erf: { name: "gelu", value: exact.value, gradient: multiply(dy, exact.slope) },
  tanh: { name: "gelu_tanh", value: approximate.value, gradient: multiply(dy, approximate.slope) },
};

/**
 * `x` times the share of the normal distribution that lies below it (Hendrycks and Gimpel 2016). On every device within 1e-6.
 *
 * @param x Any shape.
 * @param form `"tanh"` for the approximation that models of before were trained with; `"erf"` by default.
 * @returns The same shape.
 * @example
 * ```ts
 * import { createDevice, gelu, matrix } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([matrix(1, 32)], (x) => gelu(x));
 * program.run([new Float32Array(32).fill(1)], { step: 0, totalSteps: 0 });
 * console.assert(Math.abs((await program.floats(0))[0] - 0.8413447) < 1e-6);
 * ```
 */
export function gelu(x: Tensor, form: GeluForm = "erf"): Tensor {
  return apply(GELU[form], x);
}
