/**
 * GPT: a decoder that tells the next token of a text, after GPT-2 (Radford et al. 2019).
 *
 * @module
 */
import type { Context } from "../nn/context.ts";
import {
  type NextOfDecoder,
  normIn,
  type NormName,
  normNamed,
  transformerDecoder,
  transformerDecoderLayer,
} from "../nn/decoder.ts";
import { dropout } from "../nn/dropout.ts";
import { embedding, embeddingLayer } from "../nn/embedding.ts";
import { makeModule, type Module } from "../nn/module.ts";
import type { WeightOptions } from "../nn/parameters.ts";
import { positions as positionsModule, positionsLayer } from "../nn/positions.ts";
import {
  childOf,
  defineLayer,
  type LayerDefinition,
  recordOf,
  shapeAfter,
  type StoredLayer,
} from "../nn/definition.ts";
import { dropoutIn } from "../nn/transformer.ts";
import { add } from "../ops/add.ts";
import { linear } from "../ops/linear.ts";
import type { DenseMatrix } from "../ops/matrix.ts";
import type { GeluForm } from "../ops/pointwise/gelu.ts";
import { Tensor } from "../program/trace.ts";
import { truncatedNormal } from "../sparse/init.ts";
import { block } from "../sparse/patterns/mod.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import type { NextTokenOutput } from "../tasks/next_token.ts";
import { type BertSizeName, type BertSizes, sizesOf } from "./bert.ts";
import {
  patternsWithin,
  type SparseLayers,
  type SparseMatrixPlace,
  sparsePatterns,
  transformerMatrices,
} from "./sparse_layers.ts";

/** How a model knows where a token stands: by what it learns of each position, or by angles. */
export type PositionKind = "learned" | "rotary";

/** Options of {@linkcode gpt}. */
export interface GptOptions {
  /** Its size by name, those of BERT, or in numbers; `"tiny"` by default. */
  readonly size?: BertSizeName | BertSizes;
  /** Tokens: pieces of words, or characters. */
  readonly vocabulary: number;
  /** Most positions of a text that it sees at once; 128 by default. */
  readonly positions?: number;
  /** How it knows where a token stands; `"learned"` by default. */
  readonly positional?: PositionKind;
  /** How features are normalised; `"layer"` by default. */
  readonly norm?: NormName;
  /** The form of the GELU; `"tanh"` by default, as in GPT-2. */
  readonly gelu?: GeluForm;
  /** Share of absent connections in every matrix of the blocks, in [0, 1); 0, the default, makes them dense. */
  readonly sparsity?: number;
  /** The pattern of a matrix with a density below 1; blocks of 16 x 16 by default. */
  readonly pattern?: (density: number) => PatternSpec;
  /** Which matrices of the blocks are sparse; all by default. */
  readonly sparseLayers?: readonly SparseLayers[];
  /** Share of features and probabilities that training drops, as in GPT-2; 0 by default. */
  readonly dropout?: number;
  /** Added to variances or mean squares; 1e-5 by default. */
  readonly epsilon?: number;
  /**
   * How weights begin, and where sparse ones live. By default as in GPT-2: normal numbers of deviation 0.02 up to two deviations,
   * less by the root of twice the layers where the results are added to what goes through all of them.
   */
  readonly weights?: WeightOptions;
}

/** One token of each text, beside what is kept of those before it. */
export interface NextTokens extends Omit<NextOfDecoder, "x"> {
  /** `[1, examples]`, u32: the tokens. */
  readonly tokens: Tensor;
  /** `[positions, 1, examples]`, f32: 1 where the token stands, else 0. Only learnt positions are read by it. */
  readonly here: Tensor;
}

/** A decoder: of tokens `[positions, examples]`, or of the next ones of texts that it has begun to read. */
export type Gpt = Module<Tensor | NextTokens, NextTokenOutput>;

/** What a GPT is made of. */
interface GptParts {
  readonly words: Module;
  readonly decoder: Module<Tensor | NextOfDecoder>;
  readonly norm: Module;
  readonly positions?: Module;
  readonly dropout?: Module;
}

/**
 * GPT, for the task `nextToken`: tokens and their positions, blocks that are normalised before each part, a norm behind all,
 * and a head whose table is that of the tokens. The six matrices of every block are sparse, all with the same density;
 * embeddings and norms are dense.
 *
 * @throws {RangeError} if a size is not a whole number above 0, or the sparsity cannot be had.
 * @example
 * ```ts
 * import { block, gpt } from "@filigree/filigree";
 *
 * const pattern = (density: number) => block(16, { density });
 * const model = gpt({ size: "mini", vocabulary: 8192, sparsity: 0.9, pattern });
 * console.assert(model.weights.filter(({ sparse }) => sparse !== undefined).length === 4 * 6);
 * ```
 */
export function gpt(options: GptOptions): Gpt {
  const { vocabulary, positions = 128, positional = "learned", norm = "layer" } = options;
  const { sparsity = 0, dropout: rate = 0, epsilon = 1e-5, weights = {} } = options;
  const { gelu } = options;
  if (!(sparsity >= 0 && sparsity < 1)) {
    throw new RangeError(`Cannot make a GPT of sparsity ${sparsity}: expected a share in [0, 1)`);
  }
  const { layers, features, heads, intermediate } = sizesOf(options);
  const { init = truncatedNormal(0.02) } = weights;
  const outputInit = weights.init ?? truncatedNormal(0.02 / Math.sqrt(2 * layers));
  const isLearned = positional === "learned";
  const patterns = sparsePatterns(gptMatrices(options), {
    pattern: (density) => block(16, { density }),
    ...options,
  });
  return gptOf({
    words: embedding(vocabulary, features, { name: "words" }),
    decoder: transformerDecoder({
      ...{ layers, features, heads, intermediate, norm, epsilon, ...weights, init, outputInit },
      patterns: patternsWithin("decoder", patterns),
      ...{ dropout: rate, rotary: isLearned ? 0 : positions },
      ...(gelu === undefined ? {} : { gelu }),
    }),
    norm: normNamed(norm, features, { epsilon, name: "norm" }),
    ...(isLearned ? { positions: positionsModule(positions, features) } : {}),
    ...(rate === 0 ? {} : { dropout: dropout(rate) }),
  }, { vocabulary, positions });
}

/** The matrices of a GPT that can be sparse. */
export function gptMatrices(options: Pick<GptOptions, "size">): SparseMatrixPlace[] {
  return transformerMatrices(sizesOf(options), { path: (layer) => `decoder.layer${layer}` });
}

/** What is set of the whole. */
interface Settings {
  readonly vocabulary: number;
  readonly positions: number;
}

function gptOf(parts: GptParts, settings: Settings): Gpt {
  const { words, decoder, norm, positions } = parts;
  const head = { table: tableOf(words) };
  const forward = (input: Tensor | NextTokens, context: Context): NextTokenOutput => {
    const embedded = (tokens: Tensor, at: (x: Tensor) => Tensor): Tensor => {
      const x = at(words(tokens, context));
      return parts.dropout?.(x, context) ?? x;
    };
    if (input instanceof Tensor) {
      const x = embedded(input, (each) => positions?.(each, context) ?? each);
      return { hidden: norm(decoder(x, context), context), head };
    }
    const { tokens, here, ...next } = input;
    const learnt = positions && tableOf(positions);
    const x = embedded(tokens, (each) => learnt ? add(each, linear(here, learnt)) : each);
    return { hidden: norm(decoder({ ...next, x }, context), context), head };
  };
  return makeModule(forward, { ...recordOf(gptLayer, { ...settings }), children: { ...parts } });
}

/** The only matrix of a module. */
function tableOf({ weights: [{ shape: [rows, inputs], values }] }: Module): DenseMatrix {
  return { kind: "dense", rows, inputs, values };
}

/** The layers of an export before the head: tokens become hidden states by them. */
function bodyOf({ branches: [words, decoder, norm, ...others] }: StoredLayer<unknown>) {
  const positions = others.flat().filter(({ definition }) => definition === positionsLayer);
  return { words, positions, decoder, norm };
}

/** GPT as checkpoints and exports know it: what `loadModel` takes `as`. */
export const gptLayer: LayerDefinition<Gpt> = defineLayer({
  kind: "gpt",
  settings: {
    vocabulary: { type: "integer", least: 1, description: "Tokens" },
    positions: { type: "integer", least: 1, description: "Most positions of a text" },
  },
  make: ({ children, settings }) =>
    gptOf({
      words: childOf(children, "words", embeddingLayer),
      decoder: childOf(children, "decoder", transformerDecoderLayer),
      norm: normIn(children, "norm"),
      ...("positions" in children
        ? { positions: childOf(children, "positions", positionsLayer) }
        : {}),
      ...dropoutIn(children),
    }, settings),
  exported: {
    tokens: true,
    inputs: ({ settings: { positions } }) => positions,
    shape(layer, [positions]) {
      const { words, decoder } = bodyOf(layer);
      shapeAfter(decoder, shapeAfter(words, [positions]));
      return [layer.settings.vocabulary, positions];
    },
    describe(layer, writer, input) {
      const { words, positions, decoder, norm } = bodyOf(layer);
      const hidden = shapeAfter(words, input);
      return {
        words: writer.describe(words, input),
        positions: writer.describe(positions, hidden),
        decoder: writer.describe(decoder, hidden),
        norm: writer.describe(norm, hidden),
      };
    },
    onnx(layer, graph, tokens) {
      const { words, positions, decoder, norm } = bodyOf(layer);
      const [{ name, weights: { weight } }] = words;
      const hidden = graph.layers([...words, ...positions, ...decoder, ...norm], tokens);
      // The same array as that of the embedding: a runtime turns it once, where it loads the file.
      const turned = graph.node("Transpose", [graph.weight(weight, name)], { perm: [1n, 0n] });
      return graph.node("MatMul", [hidden.name, turned]);
    },
  },
});

/** What the blocks of a GPT keep of the positions that it has read. */
export interface KeptSizes extends Settings {
  /** How many blocks there are. */
  readonly blocks: number;
  /** Features of the keys, and of the values, of each. */
  readonly features: number;
}

/**
 * Sizes of what the blocks of a GPT keep.
 *
 * @throws {TypeError} if the model is none.
 */
export function keptBy({ children, settings }: Gpt): KeptSizes {
  const decoder = childOf(children, "decoder", transformerDecoderLayer);
  const words = childOf(children, "words", embeddingLayer);
  const { inputs: features, rows: vocabulary } = tableOf(words);
  const positions = Number(settings?.positions);
  return { blocks: Object.keys(decoder.children).length, features, vocabulary, positions };
}
