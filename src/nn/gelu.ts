/**
 * The GELU layer.
 *
 * @module
 */
import { valueAt } from "../ops/expression.ts";
import { GELU, gelu as geluOperation, type GeluForm } from "../ops/pointwise/gelu.ts";
import type { Tensor } from "../program/tensor.ts";
import { defineLayer, type LayerDefinition, recordOf } from "./definition.ts";
import { makeModule, type Module } from "./module.ts";
import { onnxGelu } from "./onnx.ts";

/** Options of {@linkcode gelu}. */
export interface GeluOptions {
  /** `"tanh"` for the approximation; `"erf"` by default. */
  readonly form?: GeluForm;
}

/**
 * `x` times the share of the normal distribution that lies below it (Hendrycks and Gimpel 2016).
 *
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * console.assert(nn.gelu({ form: "tanh" }).parameters.length === 0);
 * ```
 */
export function gelu({ form = "erf" }: GeluOptions = {}): Module {
  return makeModule((x: Tensor) => geluOperation(x, form), recordOf(geluLayer, { form }));
}

/** The GELU layer as checkpoints and exports know it. */
export const geluLayer: LayerDefinition = defineLayer({
  kind: "gelu",
  settings: {
    form: {
      type: "choice",
      choices: ["erf", "tanh"],
      description: "How the normal distribution is computed",
    },
  },
  make: ({ settings }) => gelu(settings),
  exported: {
    shape: (_, input) => input,
    pointwise: ({ settings: { form } }, x) => valueAt(GELU[form], x),
    onnx: ({ settings: { form } }, graph, x) => onnxGelu(form, graph, x.name),
  },
});
