/**
 * The layer of causal self-attention: a position sees itself and those before it, all at once or one after the other.
 *
 * @module
 */
import { attention as attentionOperation } from "../ops/attention.ts";
import { requireRate } from "../ops/kernels/dropping.ts";
import { putPosition } from "../ops/put_position.ts";
import { rotary, type RotaryAngles, rotaryAngles, rotaryNumbers } from "../ops/rotary.ts";
import type { Resource } from "../program/resource.ts";
import { Tensor } from "../program/trace.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import type { AttentionMatrix } from "./attention.ts";
import type { Context } from "./context.ts";
import {
  childOf,
  defineLayer,
  type LayerDefinition,
  recordOf,
  requireShape,
  shapeAfter,
} from "./definition.ts";
import { linear, linearLayer } from "./linear.ts";
import { makeModule, type Module } from "./module.ts";
import { onnxAttention, onnxRotary } from "./onnx.ts";
import {
  matrixOptions,
  type MatrixPatterns,
  requireSizes,
  type WeightOptions,
} from "./parameters.ts";

/** The matrices of {@linkcode causalAttention}: its children by name. */
const MATRICES = ["query", "key", "value", "output"] as const;

/** Options of {@linkcode causalAttention}. */
export interface CausalAttentionOptions extends WeightOptions {
  /** Features of x, and of what it gives. */
  readonly features: number;
  /** Heads: a number that divides the features. */
  readonly heads: number;
  /** Share of the probabilities that is dropped in training; 0 by default. */
  readonly dropout?: number;
  /** Positions, at most, by whose angles queries and keys are turned; 0, the default, turns none. */
  readonly rotary?: number;
  /** Which connections of the four matrices may exist; all of them by default. */
  readonly pattern?: PatternSpec;
  /** The patterns of matrices that have another one. */
  readonly patterns?: MatrixPatterns<AttentionMatrix>;
  /** What the last matrix begins with; by default as the others do. */
  readonly outputInit?: WeightOptions["init"];
  /** Name in plans, errors and checkpoints. */
  readonly name?: string;
}

/** Keys and values of positions that were read before: `[features, positions, examples]` of each, examples in whole tiles of 32. */
export interface KeptPositions {
  /** What they are found by. */
  readonly keys: Resource;
  /** What they give. */
  readonly values: Resource;
}

/** One position of each example, beside those that were read before it. */
export interface NextPosition {
  /** `[features, 1, examples]` */
  readonly x: Tensor;
  /** `[1, examples]`, u32: where it stands. */
  readonly places: Tensor;
  /** `[positions, examples]`, f32: 1 for the positions up to it, 0 for those behind. */
  readonly mask: Tensor;
  /** Those before it; its own keys and values are put among them. */
  readonly kept: KeptPositions;
}

/**
 * Multi-head self-attention of a decoder. It takes `[features, positions, examples]`, or one position with what is kept of those
 * before it, and then gives that one.
 *
 * @throws {RangeError} if a size is not a whole number above 0, the heads do not divide the features, positions are to be turned
 * and the features of a head are odd, the dropout is not from 0 up to but not including 1, or a pattern cannot be had.
 * @example
 * ```ts
 * import { block, nn } from "@filigree/filigree";
 *
 * const pattern = block(16, { density: 0.25 });
 * const layer = nn.causalAttention({ features: 64, heads: 4, rotary: 128, pattern });
 * console.assert(layer.weights.length === 4);
 * ```
 */
export function causalAttention(options: CausalAttentionOptions): Module<Tensor | NextPosition> {
  const { features, heads, dropout = 0, rotary = 0, name = "attention" } = options;
  requireSizes(`attention "${name}"`, { features, heads });
  const { init, outputInit = init } = options;
  const [query, key, value, output] = MATRICES.map((matrix) => {
    const begin = matrix === "output" ? outputInit : init;
    return linear(features, features, {
      ...matrixOptions(options, matrix),
      ...(begin === undefined ? {} : { init: begin }),
      name: `${name}.${matrix}`,
    });
  });
  return layerOf({ features, heads, dropout, rotary }, { query, key, value, output }, name);
}

/** What is set of the layer. */
interface Settings {
  readonly features: number;
  readonly heads: number;
  readonly dropout: number;
  readonly rotary: number;
}

function layerOf(
  settings: Settings,
  children: Readonly<Record<AttentionMatrix, Module>>,
  name: string,
): Module<Tensor | NextPosition> {
  const { features, heads, dropout, rotary: turned } = settings;
  requireRate(dropout);
  if (features % heads !== 0) {
    throw new RangeError(
      `Cannot make attention "${name}" of ${heads} heads: expected a number that divides the ${features} features`,
    );
  }
  const angles = turned === 0 ? undefined : rotaryAngles(features / heads, turned);
  const { query, key, value, output } = children;
  const forward = (input: Tensor | NextPosition, context: Context): Tensor => {
    const next = input instanceof Tensor ? undefined : input;
    const x = input instanceof Tensor ? input : input.x;
    const q = turnedBy(angles, query(x, context), next?.places);
    const k = turnedBy(angles, key(x, context), next?.places);
    const v = value(x, context);
    if (next !== undefined) {
      const { kept: { keys, values }, places, mask } = next;
      const all = [putPosition(keys, k, places), putPosition(values, v, places)];
      return output(attentionOperation(q, all[0], all[1], { heads, mask }), context);
    }
    const { mode, randomness } = context;
    const dropping = mode !== "evaluate" && dropout > 0 &&
      { dropout: { rate: dropout, seed: randomness.seed, stream: randomness.stream(x) } };
    return output(attentionOperation(q, k, v, { heads, causal: true, ...dropping }), context);
  };
  return makeModule(forward, {
    ...recordOf(causalAttentionLayer, { ...settings }),
    name,
    children,
  });
}

function turnedBy(
  angles: RotaryAngles | undefined,
  x: Tensor,
  places: Tensor | undefined,
): Tensor {
  if (angles === undefined) return x;
  return rotary(x, places === undefined ? { angles } : { angles, places });
}

/** Causal self-attention as checkpoints and exports know it. */
export const causalAttentionLayer: LayerDefinition<Module<Tensor | NextPosition>> = defineLayer({
  kind: "causalAttention",
  settings: {
    features: { type: "integer", least: 1, description: "Features of x" },
    heads: { type: "integer", least: 1, description: "Heads" },
    dropout: {
      ...{ type: "number", least: 0, below: 1 },
      description: "Share of the probabilities that is dropped in training",
    },
    rotary: {
      ...{ type: "integer", least: 0 },
      description: "Positions by whose angles queries and keys are turned; 0 turns none",
    },
  },
  make: ({ settings, name, children }) =>
    layerOf(settings, {
      query: childOf(children, "query", linearLayer),
      key: childOf(children, "key", linearLayer),
      value: childOf(children, "value", linearLayer),
      output: childOf(children, "output", linearLayer),
    }, name),
  exported: {
    shape(layer, input) {
      requireShape(layer, input, [layer.settings.features, input[1]]);
      return shapeAfter(layer.branches[3], input);
    },
    describe({ settings, branches }, writer, input) {
      const parts = MATRICES.map((matrix, i) => [matrix, writer.describe(branches[i], input)]);
      const { features, heads, rotary } = settings;
      return { features, heads, causal: true, rotary, ...Object.fromEntries(parts) };
    },
    onnx({ settings: { features, heads, rotary: turned }, branches }, graph, x) {
      const [q, k, value] = branches.slice(0, 3).map((branch) => graph.layers(branch, x).name);
      const sizes = { heads, depth: features / heads, positions: turned };
      const [query, key] = turned === 0
        ? [q, k]
        : onnxRotary(graph, [q, k], sizes, rotaryNumbers(sizes.depth, turned));
      const parts = { query, key, value, features, heads, causal: true };
      return graph.layers(branches[3], { ...x, name: onnxAttention(graph, parts) }).name;
    },
  },
});
