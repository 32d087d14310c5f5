/**
 * Parts that BERT alone has: its embeddings, and the head of the masked words.
 *
 * @module
 */
import type { Context } from "../nn/context.ts";
import {
  childOf,
  defineLayer,
  type LayerDefinition,
  recordOf,
  requireShape,
  shapeAfter,
} from "../nn/definition.ts";
import { dropout } from "../nn/dropout.ts";
import { embedding, embeddingLayer } from "../nn/embedding.ts";
import { linear, linearLayer } from "../nn/linear.ts";
import { makeModule, type Module } from "../nn/module.ts";
import { layerNorm, layerNormLayer } from "../nn/norms.ts";
import { positions as positionsModule, positionsLayer } from "../nn/positions.ts";
import { makeBias } from "../nn/parameters.ts";
import { dropoutIn } from "../nn/transformer.ts";
import { add } from "../ops/add.ts";
import { gelu } from "../ops/pointwise/mod.ts";
import type { VocabularyHead } from "../ops/vocabulary.ts";
import { Resource } from "../program/resource.ts";
import { Tensor } from "../program/trace.ts";
import type { Init } from "../sparse/init.ts";

/** Added to variances. */
export const EPSILON = 1e-12;

/** Kinds of stretches: the first one and the second one. */
const SEGMENTS = 2;

/** Pieces and the stretch that each is of. */
export interface TextInput {
  /** `[positions, examples]`, u32. */
  readonly tokens: Tensor;
  /** `[positions, examples]`, u32. */
  readonly segments: Tensor;
}

/** What the embeddings are made of. */
interface EmbeddingParts {
  readonly words: Module;
  readonly positions: Module;
  readonly segments?: Module;
  readonly norm: Module;
  readonly dropout?: Module;
}

/**
 * The sum of what is learnt of each piece, of its position and of its stretch, normalised. Tokens alone are of no stretch.
 *
 * @param options.segments Whether there is anything to learn of stretches; true by default.
 * @throws {RangeError} if a size is not a whole number above 0, or the dropout is no share.
 */
export function bertEmbeddings(
  features: number,
  { vocabulary, positions, epsilon, dropout: rate, segments = true }: {
    readonly vocabulary: number;
    readonly epsilon: number;
    readonly positions: number;
    readonly dropout: number;
    readonly segments?: boolean;
  },
): Module<Tensor | TextInput> {
  return embeddingsOf({
    words: embedding(vocabulary, features, { name: "embeddings.words" }),
    positions: positionsModule(positions, features, { name: "embeddings.positions" }),
    ...(segments
      ? { segments: embedding(SEGMENTS, features, { name: "embeddings.segments" }) }
      : {}),
    norm: layerNorm(features, { epsilon, name: "embeddings.norm" }),
    ...(rate === 0 ? {} : { dropout: dropout(rate) }),
  });
}

function embeddingsOf(parts: EmbeddingParts): Module<Tensor | TextInput> {
  const { words, positions, segments, norm } = parts;
  const forward = (input: Tensor | TextInput, context: Context): Tensor => {
    const x = input instanceof Tensor
      ? words(input, context)
      : add(words(input.tokens, context), requireSegments(segments)(input.segments, context));
    const y = norm(positions(x, context), context);
    return parts.dropout?.(y, context) ?? y;
  };
  return makeModule(forward, { ...recordOf(bertEmbeddingsLayer, {}), children: { ...parts } });
}

/** @throws {TypeError} if the embeddings have no table of stretches. */
function requireSegments(segments: Module | undefined): Module {
  if (segments !== undefined) return segments;
  throw new TypeError(
    "Cannot embed stretches: the embeddings know of none; expected tokens alone",
  );
}

/** The embeddings as checkpoints know them. */
export const bertEmbeddingsLayer: LayerDefinition<Module<Tensor | TextInput>> = defineLayer({
  kind: "bertEmbeddings",
  settings: {},
  make: ({ children }) =>
    embeddingsOf({
      words: childOf(children, "words", embeddingLayer),
      positions: childOf(children, "positions", positionsLayer),
      ...("segments" in children
        ? { segments: childOf(children, "segments", embeddingLayer) }
        : {}),
      norm: childOf(children, "norm", layerNormLayer),
      ...dropoutIn(children),
    }),
  exported: {
    tokens: true,
    shape: ({ branches: [words] }, input) => shapeAfter(words, input),
  },
});

/**
 * What becomes of hidden states before the table of the words makes logits of them: a matrix, a GELU and a norm. The bias of
 * the logits is of it.
 *
 * @throws {RangeError} if a size is not a whole number above 0.
 */
export function maskedWords(
  features: number,
  { vocabulary, epsilon, init }: {
    readonly vocabulary: number;
    readonly epsilon: number;
    readonly init: Init;
  },
): Module {
  return maskedOf(
    {
      transform: linear(features, features, { name: "masked.transform", init }),
      norm: layerNorm(features, { epsilon, name: "masked.norm" }),
    },
    vocabulary,
  );
}

function maskedOf(
  parts: { readonly transform: Module; readonly norm: Module },
  vocabulary: number,
): Module {
  const { transform, norm } = parts;
  return makeModule((x, context) => norm(gelu(transform(x, context)), context), {
    ...recordOf(maskedWordsLayer, { vocabulary }),
    children: { ...parts },
    own: { bias: makeBias("masked.bias", vocabulary) },
  });
}

/** The head of the masked words as checkpoints know it. */
export const maskedWordsLayer: LayerDefinition = defineLayer({
  kind: "maskedWords",
  settings: { vocabulary: { type: "integer", least: 1, description: "Pieces of words" } },
  make: ({ settings: { vocabulary }, children }) =>
    maskedOf({
      transform: childOf(children, "transform", linearLayer),
      norm: childOf(children, "norm", layerNormLayer),
    }, vocabulary),
  exported: {
    shape(layer, input) {
      requireShape(layer, shapeAfter(layer.branches[0], input), input);
      return input;
    },
  },
});

/**
 * What makes logits of the words: the table of the embedding, and the bias of the head.
 *
 * @throws {TypeError} if the modules are others.
 */
export function headOf(embeddings: Module<Tensor | TextInput>, masked: Module): VocabularyHead {
  const [{ shape: [rows, inputs], values }] = embeddings.weights;
  const { bias } = masked.own;
  if (bias instanceof Resource && bias.length === rows) {
    return { table: { kind: "dense", rows, inputs, values }, bias };
  }
  throw new TypeError(
    `Cannot make a BERT: its head has no bias for ${rows} words; expected one for each`,
  );
}
