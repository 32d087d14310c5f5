/**
 * What the gradient behind an operation goes through whose slope was kept: the derivative of `x^2 / 2` is x. Products take it in
 * as they take in any derivative. No function applies it.
 *
 * @module
 */
import { dy, multiply, type Pointwise, x } from "../expression.ts";

/** `x^2 / 2`, whose gradient is `x dy`. */
export const SCALED: Pointwise = {
  name: "scaled",
  value: multiply(0.5, x, x),
  gradient: multiply(dy, x),
};
