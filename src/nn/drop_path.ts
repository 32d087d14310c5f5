/**
 * The layer of stochastic depth.
 *
 * @module
 */
import { dropPath as dropPathOperation } from "../ops/drop_path.ts";
import { requireRate } from "../ops/kernels/dropping.ts";
import type { Tensor } from "../program/trace.ts";
import type { Context } from "./context.ts";
import { defineLayer, type LayerDefinition, recordOf } from "./definition.ts";
import { makeModule, type Module } from "./module.ts";

/**
 * Zeros for a random share of the examples, others at every step, and `1 / (1 - rate)` times the others: as the last layer of a
 * branch, stochastic depth (Huang et al. 2016). A growth probe drops what the training step drops; in an evaluation everything
 * stays as it is.
 *
 * @param rate Share of the examples that is dropped; rounded to a multiple of 2^-16.
 * @throws {RangeError} if the rate is not a number from 0 up to but not including 1.
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * const branch = nn.sequential(nn.layerNorm(16), nn.linear(16, 16), nn.dropPath(0.1));
 * console.assert(nn.residual(branch).weights.length === 1);
 * ```
 */
export function dropPath(rate: number): Module {
  requireRate(rate);
  const apply = (x: Tensor, { mode, randomness }: Context): Tensor => {
    if (mode === "evaluate") return x;
    return dropPathOperation(x, rate, { seed: randomness.seed, stream: randomness.stream(x) });
  };
  return makeModule(apply, recordOf(dropPathLayer, { rate }));
}

/** The layer of stochastic depth as checkpoints and exports know it. */
export const dropPathLayer: LayerDefinition = defineLayer({
  kind: "dropPath",
  settings: {
    rate: { type: "number", least: 0, below: 1, description: "Share of the examples" },
  },
  make: ({ settings: { rate } }) => dropPath(rate),
  exported: {
    shape: (_, input) => input,
    pointwise: (_, x) => x,
    onnx: (_layer, _graph, { name }) => name,
  },
});
