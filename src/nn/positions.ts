/**
 * The layer of learnt positions.
 *
 * @module
 */
import { firstNormals } from "../sparse/drawing.ts";
import type { DenseMatrix } from "../ops/matrix.ts";
import { addPositions } from "../ops/positions.ts";
import { Resource } from "../program/resource.ts";
import { defineLayer, type LayerDefinition, recordOf, requireShape } from "./definition.ts";
import { makeModule, type Module } from "./module.ts";
import { onnxFirstRows } from "./onnx.ts";
import { requireSizes } from "./parameters.ts";

/** Options of {@linkcode positions}. */
export interface PositionsLayerOptions {
  /** Standard deviation of the first values, which are normal numbers: 0.02 by default, as in BERT (Devlin et al. 2019). */
  readonly deviation?: number;
  /** Name in plans, errors and checkpoints. */
  readonly name?: string;
}

/**
 * Adds what is learnt of each position to `[features, positions, examples]`. Shorter sequences than it has positions use the
 * first ones. Weight decay applies to the table `[features, positions]`; a parameter group says otherwise.
 *
 * @param count Positions, at most.
 * @param features Numbers of a position.
 * @throws {RangeError} if a size is not a whole number above 0, or the deviation is below 0.
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * const model = nn.sequential(nn.embedding(8192, 64), nn.positions(128, 64));
 * console.assert(model.weights[1].shape.join() === "64,128");
 * ```
 */
export function positions(
  count: number,
  features: number,
  { deviation = 0.02, name = "positions" }: PositionsLayerOptions = {},
): Module {
  requireSizes(`positions "${name}"`, { count, features });
  if (!(deviation >= 0 && Number.isFinite(deviation))) {
    throw new RangeError(
      `Cannot make positions "${name}": the deviation is ${deviation}; expected a number of 0 or more`,
    );
  }
  const length = features * count;
  const values = new Resource({
    ...{ label: `${name}.weight`, type: "f32", length, category: "parameters" },
    ...{ trainable: true, decay: true },
    initial: (origin) => firstNormals(origin, length, deviation),
  });
  const table: DenseMatrix = { kind: "dense", rows: features, inputs: count, values };
  return makeModule((x) => addPositions(x, table), {
    ...recordOf(positionsLayer, { positions: count, features }),
    name,
    own: { weight: { shape: [features, count], values, sparse: undefined } },
  });
}

/** The layer of learnt positions as checkpoints and exports know it. */
export const positionsLayer: LayerDefinition = defineLayer({
  kind: "positions",
  settings: {
    positions: { type: "integer", least: 1, description: "Positions, at most" },
    features: { type: "integer", least: 1, description: "Numbers of a position" },
  },
  make: ({ settings, name }) => positions(settings.positions, settings.features, { name }),
  exported: {
    shape(layer, input) {
      const { features, positions: most } = layer.settings;
      requireShape(layer, input, [features, Math.min(input[1], most)]);
      return input;
    },
    describe({ name, settings, weights: { weight } }, writer) {
      const table = Float64Array.from(weight.values);
      const shape = [settings.features, settings.positions];
      return { ...settings, name, weight: writer.vector(table, `${name}.weight`, shape) };
    },
    onnx({ name, weights: { weight } }, graph, x) {
      const table = graph.weight(weight, name, { transposed: true });
      return graph.node("Add", [x.name, onnxFirstRows(graph, table, x.name)]);
    },
  },
});
