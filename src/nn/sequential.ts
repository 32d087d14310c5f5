/**
 * Layers one after the other.
 *
 * @module
 */
import { type Layer, makeLayer, partsOf } from "./layer.ts";
import { operationsOf } from "./operation.ts";

/**
 * Applies layers one after the other. A relu behind a layer that can take it in becomes part of
 * that layer's kernel.
 *
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * const model = nn.sequential(nn.linear(4, 8), nn.relu(), nn.linear(8, 2));
 * console.assert(model.parameters.length === 4);
 * ```
 */
export function sequential(...layers: readonly Layer[]): Layer {
  return makeLayer(
    (x) => {
      let y = x;
      for (let i = 0; i < layers.length; i++) {
        const { withRelu } = layers[i];
        const fuses = withRelu !== undefined && isRelu(layers[i + 1]);
        y = fuses ? withRelu(y) : layers[i](y);
        if (fuses) i++;
      }
      return y;
    },
    {
      kind: "sequential",
      ...partsOf(layers),
      operations: layers.flatMap(operationsOf),
    },
  );
}

/** Whether a layer is a relu and nothing else; its name for people says nothing of that. */
function isRelu(layer: Layer | undefined): boolean {
  return layer?.operations?.length === 1 && layer.operations[0].operation === "relu";
}
