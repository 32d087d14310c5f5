/**
 * The relu layer.
 *
 * @module
 */
import { relu as reluOperation } from "../ops/relu.ts";
import { makeModule, type Module } from "./module.ts";

/**
 * `max(x, 0)`. Behind a linear layer, a convolution or a batch normalisation it costs no kernel of its own.
 *
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * console.assert(nn.relu().parameters.length === 0);
 * ```
 */
export function relu(): Module {
  const operations = [{ operation: "relu" }] as const;
  return makeModule(reluOperation, { kind: "relu", operations });
}
