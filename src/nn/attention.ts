/**
 * The layer of self-attention.
 *
 * @module
 */
import { attention as attentionOperation } from "../ops/attention.ts";
import { requireRate } from "../ops/kernels/dropping.ts";
import type { Tensor } from "../program/trace.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import type { Context } from "./context.ts";
import {
  defineLayer,
  type LayerDefinition,
  recordOf,
  requireShape,
  shapeAfter,
} from "./definition.ts";
import { linear } from "./linear.ts";
import { makeModule, type Module } from "./module.ts";
import { onnxAttention } from "./onnx.ts";
import {
  matrixOptions,
  type MatrixPatterns,
  requireSizes,
  type WeightOptions,
} from "./parameters.ts";

/** A matrix of {@linkcode attention}. */
export type AttentionMatrix = "query" | "key" | "value" | "output";

/** The matrices of {@linkcode attention}: its children by name. */
const MATRICES: readonly AttentionMatrix[] = ["query", "key", "value", "output"];

/** Options of {@linkcode attention}. */
export interface AttentionLayerOptions extends WeightOptions {
  /** Features of x, and of what it gives. */
  readonly features: number;
  /** Heads: a number that divides the features. */
  readonly heads: number;
  /** Whether a position attends to none behind it; false by default. */
  readonly causal?: boolean;
  /** Share of the probabilities that is dropped in training; 0 by default. */
  readonly dropout?: number;
  /** Which connections of the four matrices may exist; all of them by default. */
  readonly pattern?: PatternSpec;
  /** The patterns of matrices that have another one. */
  readonly patterns?: MatrixPatterns<AttentionMatrix>;
  /** Whether the matrices add biases; true by default. */
  readonly bias?: boolean;
  /** Name in plans, errors and checkpoints. */
  readonly name?: string;
}

/** What {@linkcode attention} takes where some positions are not to be seen. */
export interface MaskedInput {
  /** `[features, positions, examples]` */
  readonly x: Tensor;
  /** `[positions, examples]`, f32: 1 where a position may be seen, 0 where not. */
  readonly mask: Tensor;
}

/**
 * Multi-head self-attention (Vaswani et al. 2017, section 3.2): queries, keys and values of each position, attention among them,
 * and a matrix for what that gives. It takes `[features, positions, examples]`, or that and a mask.
 *
 * @throws {RangeError} if a size is not a whole number above 0, the heads do not divide the features, the dropout
 * is not from 0 up to but not including 1, or a pattern cannot be had.
 * @example
 * ```ts
 * import { block, createDevice, nn } from "@filigree/filigree";
 *
 * const pattern = block(16, { density: 0.25 });
 * const layer = nn.attention({ features: 64, heads: 4, pattern });
 * console.assert(layer.weights.map(({ label }) => label).join() ===
 *   "attention.query.weight,attention.key.weight,attention.value.weight,attention.output.weight");
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using _program = await device.compile(
 *   [{ shape: [64, 10, 32], type: "f32" }, { shape: [10, 32], type: "f32" }],
 *   (x, mask) => layer({ x, mask }),
 * );
 * ```
 */
export function attention(options: AttentionLayerOptions): Module<Tensor | MaskedInput> {
  const { features, heads, causal = false, dropout = 0, name = "attention" } = options;
  requireSizes(`attention "${name}"`, { features, heads });
  const { bias = true } = options;
  const [query, key, value, output] = MATRICES.map((matrix) =>
    linear(features, features, {
      ...matrixOptions(options, matrix),
      ...{ bias, name: `${name}.${matrix}` },
    })
  );
  return layerOf({ features, heads, causal, dropout }, { query, key, value, output }, name);
}

/** What is set of the layer. */
interface Settings {
  readonly features: number;
  readonly heads: number;
  readonly causal: boolean;
  readonly dropout: number;
}

function layerOf(
  settings: Settings,
  children: Readonly<Record<AttentionMatrix, Module>>,
  name: string,
): Module<Tensor | MaskedInput> {
  const { features, heads, causal, dropout } = settings;
  requireRate(dropout);
  if (features % heads !== 0) {
    throw new RangeError(
      `Cannot make attention "${name}" of ${heads} heads: expected a number that divides the ${features} features`,
    );
  }
  const { query, key, value, output } = children;
  const forward = (input: Tensor | MaskedInput, context: Context): Tensor => {
    const { x, ...masked } = "mask" in input ? input : { x: input };
    const [q, k, v] = [query, key, value].map((matrix) => matrix(x, context));
    const { mode, randomness } = context;
    const dropping = mode !== "evaluate" && dropout > 0 &&
      { dropout: { rate: dropout, seed: randomness.seed, stream: randomness.stream(x) } };
    const attended = attentionOperation(q, k, v, { heads, causal, ...masked, ...dropping });
    return output(attended, context);
  };
  return makeModule(forward, {
    ...recordOf(attentionLayer, { ...settings }),
    name,
    children,
  });
}

/** Self-attention as checkpoints and exports know it. */
export const attentionLayer: LayerDefinition<Module<Tensor | MaskedInput>> = defineLayer({
  kind: "attention",
  settings: {
    features: { type: "integer", least: 1, description: "Features of x" },
    heads: { type: "integer", least: 1, description: "Heads" },
    causal: { type: "boolean", description: "Whether a position attends to none behind it" },
    dropout: {
      ...{ type: "number", least: 0, below: 1 },
      description: "Share of the probabilities that is dropped in training",
    },
  },
  make({ settings, name, children }) {
    const { query, key, value, output } = children;
    if ([query, key, value, output].every((child) => child !== undefined)) {
      return layerOf(settings, { query, key, value, output }, name);
    }
    throw new TypeError(
      `Cannot make attention of the modules ${Object.keys(children).join(", ")}: expected ${
        MATRICES.join(", ")
      }`,
    );
  },
  exported: {
    shape(layer, input) {
      requireShape(layer, input, [layer.settings.features, input[1]]);
      return shapeAfter(layer.branches[3], input);
    },
    describe({ settings, branches }, writer, input) {
      const parts = MATRICES.map((matrix, i) => [matrix, writer.describe(branches[i], input)]);
      const { features, heads, causal } = settings;
      return { features, heads, causal, ...Object.fromEntries(parts) };
    },
    onnx({ settings: { features, heads, causal }, branches }, graph, x) {
      const [query, key, value] = branches.slice(0, 3).map((branch) =>
        graph.layers(branch, x).name
      );
      const parts = { query, key, value, features, heads, causal };
      return graph.layers(branches[3], { ...x, name: onnxAttention(graph, parts) }).name;
    },
  },
});
