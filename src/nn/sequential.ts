/**
 * Layers one after the other.
 *
 * @module
 */
import { type Layer, makeLayer } from "./layer.ts";

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
        const fuses = withRelu !== undefined && layers[i + 1]?.kind === "relu";
        y = fuses ? withRelu(y) : layers[i](y);
        if (fuses) i++;
      }
      return y;
    },
    {
      kind: "sequential",
      parameters: layers.flatMap((layer) => layer.parameters),
      weights: layers.flatMap((layer) => layer.weights),
    },
  );
}
