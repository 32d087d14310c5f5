/**
 * The layers of tokens: a table of features, of which each token is a row.
 *
 * @module
 */
import { firstNormals } from "../sparse/drawing.ts";
import {
  embedding as embeddingOperation,
  embeddingBag as embeddingBagOperation,
  type WeightedTokens,
} from "../ops/embedding.ts";
import type { DenseMatrix } from "../ops/matrix.ts";
import { Resource } from "../program/resource.ts";
import { Tensor } from "../program/trace.ts";
import {
  defineLayer,
  type ExportWriter,
  type LayerDefinition,
  recordOf,
  type Rows,
  type StoredLayer,
} from "./definition.ts";
import { makeModule, type Module } from "./module.ts";
import { ONNX_FLOAT, type OnnxGraph, type OnnxValue } from "./onnx.ts";
import { requireSizes } from "./parameters.ts";
import type { Weight } from "./tree.ts";

export type { WeightedTokens };

/** Options of {@linkcode embedding}. */
export interface EmbeddingLayerOptions {
  /** A token that stands for nothing: it gives zeros, and its row stays 0. */
  readonly padding?: number;
  /**
   * Standard deviation of the first values, which are normal numbers: 0.02 by default, as in BERT (Devlin et al. 2019) and
   * GPT-2. Vaswani et al. (2017) begin with 1 / sqrt(features).
   */
  readonly deviation?: number;
  /**
   * Whether training leaves the table as it is: then it has no gradient and no moments, such as vectors that were learnt elsewhere.
   * False by default, and of a model that `loadModel` makes.
   */
  readonly frozen?: boolean;
  /** Name in plans, errors and checkpoints. */
  readonly name?: string;
}

/** Options of {@linkcode embeddingBag}. */
export interface EmbeddingBagLayerOptions extends EmbeddingLayerOptions {
  /** What becomes of the rows of an example: their `"mean"` (the default) or their `"sum"`. */
  readonly reduce?: "sum" | "mean";
}

/**
 * The row of each token: `[positions, examples]`, u32, becomes `[features, positions, examples]`. Weight decay applies to the
 * table, as in BERT; a parameter group says otherwise.
 *
 * @param vocabulary Tokens.
 * @param features Numbers of a token.
 * @throws {RangeError} if a size is not a whole number above 0, the padding is no token, or the deviation is below 0.
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * const layer = nn.embedding(30522, 128);
 * console.assert(layer.weights[0].label === "embedding.weight");
 * ```
 */
export function embedding(
  vocabulary: number,
  features: number,
  options: EmbeddingLayerOptions = {},
): Module {
  const { padding, name = "embedding" } = options;
  const { table, weight } = makeTable(vocabulary, features, { ...options, name });
  const padded = padding === undefined ? {} : { padding };
  return makeModule((tokens: Tensor) => embeddingOperation(tokens, table, padded), {
    ...recordOf(embeddingLayer, { vocabulary, features, padding: listOf(padding) }),
    name,
    own: { weight },
  });
}

/**
 * The rows of an example's tokens, averaged or added up: `[positions, examples]`, u32, becomes `[features, examples]`. Weight
 * decay applies to the table; a parameter group says otherwise.
 *
 * Tokens may come with weights: then the sum is the product of a matrix with sparse features, of which nothing is ever dense but
 * the matrix.
 *
 * @param vocabulary Tokens.
 * @param features Numbers of a token.
 * @throws {RangeError} if a size is not a whole number above 0, the padding is no token, or the deviation is below 0.
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * // Texts as the mean of their words, 0 behind their ends.
 * const model = nn.sequential(nn.embeddingBag(10_000, 64, { padding: 0 }), nn.linear(64, 5));
 * console.assert(model.weights.length === 2);
 * // Of sparse features such as TF-IDF, `layer({ tokens, weights })` is the first layer of a network.
 * const layer = nn.embeddingBag(42_798, 512, { padding: 0, reduce: "sum" });
 * console.assert(layer.weights[0].shape[0] === 42_798);
 * ```
 */
export function embeddingBag(
  vocabulary: number,
  features: number,
  options: EmbeddingBagLayerOptions = {},
): Module<Tensor | WeightedTokens> {
  const { padding, reduce = "mean", name = "embeddingBag" } = options;
  const { table, weight } = makeTable(vocabulary, features, { ...options, name });
  const how = { reduce, ...(padding === undefined ? {} : { padding }) };
  const apply = (input: Tensor | WeightedTokens): Tensor => {
    if (input instanceof Tensor) return embeddingBagOperation(input, table, how);
    const { tokens, weights } = input;
    return embeddingBagOperation(tokens, table, { ...how, weights });
  };
  return makeModule(apply, {
    ...recordOf(embeddingBagLayer, { vocabulary, features, padding: listOf(padding), reduce }),
    name,
    own: { weight },
  });
}

/** What is set of both. */
const SETTINGS = {
  vocabulary: { type: "integer", least: 1, description: "Tokens" },
  features: { type: "integer", least: 1, description: "Numbers of a token" },
  padding: {
    type: "list",
    of: { type: "integer", least: 0 },
    most: 1,
    description: "The token that stands for nothing, if there is one",
  },
} as const;

/** The embedding as checkpoints and exports know it. */
export const embeddingLayer: LayerDefinition = defineLayer({
  kind: "embedding",
  settings: SETTINGS,
  make({ settings: { vocabulary, features, padding }, name }) {
    return embedding(vocabulary, features, { ...paddingIn(padding), name });
  },
  exported: {
    tokens: true,
    shape: ({ settings: { features } }, input) => [features, ...input],
    describe: (layer, writer) => ({ ...layer.settings, ...describeTable(layer, writer) }),
    onnx: onnxRows,
  },
});

/** The bag of embeddings as checkpoints and exports know it. */
export const embeddingBagLayer: LayerDefinition<Module<Tensor | WeightedTokens>> = defineLayer({
  kind: "embeddingBag",
  settings: {
    ...SETTINGS,
    reduce: {
      type: "choice",
      choices: ["sum", "mean"],
      description: "What becomes of the rows of an example",
    },
  },
  make({ settings: { vocabulary, features, padding, reduce }, name }) {
    return embeddingBag(vocabulary, features, { ...paddingIn(padding), reduce, name });
  },
  exported: {
    tokens: true,
    shape: ({ settings: { features } }) => [features],
    describe: (layer, writer) => ({ ...layer.settings, ...describeTable(layer, writer) }),
    onnx(layer, graph, tokens) {
      const sums = graph.node("ReduceSum", [onnxRows(layer, graph, tokens), graph.integers([1])], {
        keepdims: 0n,
      });
      if (layer.settings.reduce === "sum") return sums;
      return graph.node("Div", [sums, onnxCounts(layer.settings.padding, graph, tokens)]);
    },
  },
});

function makeTable(
  vocabulary: number,
  features: number,
  { padding, deviation = 0.02, frozen = false, name }: EmbeddingLayerOptions & {
    readonly name: string;
  },
): { readonly table: DenseMatrix; readonly weight: Weight } {
  const what = `embedding "${name}"`;
  requireSizes(what, { vocabulary, features });
  const isToken = padding === undefined ||
    Number.isInteger(padding) && padding >= 0 && padding < vocabulary;
  if (!isToken || !(deviation >= 0 && Number.isFinite(deviation))) {
    throw new RangeError(
      `Cannot make ${what}: ` +
        (isToken
          ? `the deviation is ${deviation}; expected a number of 0 or more`
          : `the padding is ${padding}; expected a token below ${vocabulary}`),
    );
  }
  const length = vocabulary * features;
  const values = new Resource({
    label: `${name}.weight`,
    type: "f32",
    length,
    category: "parameters",
    trainable: !frozen,
    decay: true,
    async initial(origin) {
      const numbers = await firstNormals(origin, length, deviation);
      if (padding !== undefined) numbers.fill(0, padding * features, (padding + 1) * features);
      return numbers;
    },
  });
  return {
    table: { kind: "dense", rows: vocabulary, inputs: features, values },
    weight: { shape: [vocabulary, features], values, sparse: undefined },
  };
}

/** Settings of a record are all there: a list of one token or of none. */
function listOf(padding: number | undefined): readonly number[] {
  return padding === undefined ? [] : [padding];
}

function paddingIn([padding]: readonly number[]): Pick<EmbeddingLayerOptions, "padding"> {
  return padding === undefined ? {} : { padding };
}

function describeTable(
  { name, settings: { vocabulary, features }, weights: { weight } }: StoredLayer<
    { readonly vocabulary: number; readonly features: number }
  >,
  writer: ExportWriter,
) {
  // Every number of a table counts, so lists would say nothing.
  const table = Float64Array.from(weight.values);
  return { name, weight: writer.vector(table, `${name}.weight`, [vocabulary, features]) };
}

type StoredTable = StoredLayer<
  {
    readonly vocabulary: number;
    readonly features: number;
    readonly padding: readonly number[];
  }
>;

/** The rows of tokens in an ONNX graph: `[batch, positions, features]`. Padding has a row of zeros. */
function onnxRows(
  { name, settings: { features, padding: [padding] }, weights: { weight } }: StoredTable,
  graph: OnnxGraph,
  { name: tokens }: OnnxValue,
): string {
  const table = graph.weight(withoutRow(weight, padding, features), name);
  return graph.node("Gather", [table, tokens], { axis: 0n });
}

/** A table whose row of a token is zeros: itself, as training leaves it, so that whoever shares it shares it still. */
function withoutRow(table: Rows, token: number | undefined, features: number): Rows {
  if (token === undefined) return table;
  const [begin, end] = [token * features, (token + 1) * features];
  if (table.values.subarray(begin, end).every((value) => value === 0)) return table;
  return { ...table, values: table.values.slice().fill(0, begin, end) };
}

/** How many tokens of each example count in an ONNX graph, `[batch, 1]`: 1 where none does. */
function onnxCounts(
  [padding = -1]: readonly number[],
  graph: OnnxGraph,
  { name: tokens }: OnnxValue,
): string {
  const isPadding = graph.node("Equal", [tokens, graph.integers([padding])]);
  const counted = graph.node("Cast", [graph.node("Not", [isPadding])], { to: ONNX_FLOAT });
  const counts = graph.node("ReduceSum", [counted, graph.integers([1])], { keepdims: 1n });
  return graph.node("Max", [counts, graph.number(1)]);
}
