/**
 * The dropout layer.
 *
 * @module
 */
import { dropout as dropoutOperation } from "../ops/dropout.ts";
import { requireRate } from "../ops/kernels/dropping.ts";
import type { Tensor } from "../program/trace.ts";
import type { Context } from "./context.ts";
import { defineLayer, type LayerDefinition, recordOf } from "./definition.ts";
import { makeModule, type Module } from "./module.ts";

/**
 * Zeros for a random share of the numbers, others at every step, and `1 / (1 - rate)` times the others (Srivastava et al. 2014).
 * A growth probe drops what the training step drops; in an evaluation everything stays as it is.
 *
 * @param rate Share that is dropped; rounded to a multiple of 2^-16.
 * @throws {RangeError} if the rate is not a number from 0 up to but not including 1.
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * const model = nn.sequential(nn.linear(8, 16), nn.relu(), nn.dropout(0.1), nn.linear(16, 4));
 * console.assert(model.parameters.length === 4);
 * ```
 */
export function dropout(rate: number): Module {
  requireRate(rate);
  const apply = (x: Tensor, { mode, randomness }: Context): Tensor => {
    if (mode === "evaluate") return x;
    return dropoutOperation(x, rate, { seed: randomness.seed, stream: randomness.stream(x) });
  };
  return makeModule(apply, recordOf(dropoutLayer, { rate }));
}

/** The dropout layer as checkpoints and exports know it. */
export const dropoutLayer: LayerDefinition = defineLayer({
  kind: "dropout",
  settings: {
    rate: { type: "number", least: 0, below: 1, description: "Share that is dropped" },
  },
  make: ({ settings: { rate } }) => dropout(rate),
  exported: {
    shape: (_, input) => input,
    pointwise: (_, x) => x,
    onnx: (_layer, _graph, { name }) => name,
  },
});
