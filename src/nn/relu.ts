/**
 * The relu layer.
 *
 * @module
 */
import { relu as reluOperation } from "../ops/relu.ts";
import { type Layer, makeLayer } from "./layer.ts";

/**
 * `max(x, 0)`. Behind a linear layer in {@linkcode sequential} it costs no kernel of its own.
 *
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * console.assert(nn.relu().parameters.length === 0);
 * ```
 */
export function relu(): Layer {
  const operations = [{ operation: "relu" }] as const;
  return makeLayer(reluOperation, { kind: "relu", parameters: [], weights: [], operations });
}
