/**
 * The relu layer.
 *
 * @module
 */
import { relu as reluOperation } from "../ops/pointwise/mod.ts";
import { defineLayer, type LayerDefinition, recordOf } from "./definition.ts";
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
  return makeModule(reluOperation, recordOf(reluLayer, {}));
}

/** The relu layer as checkpoints and exports know it. */
export const reluLayer: LayerDefinition = defineLayer({
  kind: "relu",
  settings: {},
  make: () => relu(),
  exported: {
    shape: (_, input) => input,
    pointwise: (_, x) => Math.max(x, 0),
    onnx: (_, graph, x) => graph.node("Relu", [x.name]),
  },
});
