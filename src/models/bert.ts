/**
 * BERT: the encoder of Devlin et al. (2019), to pre-train and to classify sentences with.
 *
 * @module
 */
import type { MaskedInput } from "../nn/attention.ts";
import type { Context } from "../nn/context.ts";
import { linear, linearLayer } from "../nn/linear.ts";
import { makeModule, type Module } from "../nn/module.ts";
import type { WeightOptions } from "../nn/parameters.ts";
import { transformerEncoder, transformerEncoderLayer } from "../nn/transformer.ts";
import { childOf, defineLayer, type LayerDefinition, recordOf } from "../nn/definition.ts";
import { firstPosition } from "../ops/first_position.ts";
import { gatherPositions } from "../ops/gather.ts";
import { tanh } from "../ops/pointwise/mod.ts";
import type { Tensor } from "../program/trace.ts";
import { truncatedNormal } from "../sparse/init.ts";
import { block } from "../sparse/patterns/mod.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import type { PretrainingInput, PretrainingOutput, SentenceInput } from "../tasks/pretraining.ts";
import {
  bertEmbeddings,
  bertEmbeddingsLayer,
  EPSILON,
  headOf,
  maskedWords,
  maskedWordsLayer,
  type TextInput,
} from "./bert_parts.ts";
import {
  patternsWithin,
  type SparseLayers,
  type SparseMatrixPlace,
  sparsePatterns,
  transformerMatrices,
} from "./sparse_layers.ts";

/** Sizes of an encoder. */
export interface BertSizes {
  /** Layers. */
  readonly layers: number;
  /** Features of a position. */
  readonly features: number;
  /** Heads of the attention: a number that divides the features. */
  readonly heads: number;
  /** Features between the two matrices behind the attention; four times the others by default. */
  readonly intermediate?: number;
}

/** The name of a size. */
export type BertSizeName = "tiny" | "mini" | "small" | "medium" | "base";

/** The sizes that have names (Turc et al. 2019, and Devlin et al. 2019). */
export const BERT_SIZES: Readonly<Record<BertSizeName, BertSizes>> = {
  tiny: { layers: 2, features: 128, heads: 2 },
  mini: { layers: 4, features: 256, heads: 4 },
  small: { layers: 4, features: 512, heads: 8 },
  medium: { layers: 8, features: 512, heads: 8 },
  base: { layers: 12, features: 768, heads: 12 },
};

/** Options of {@linkcode bert}. */
export interface BertOptions {
  /** Its size by name, or in numbers; `"tiny"` by default. */
  readonly size?: BertSizeName | BertSizes;
  /** Pieces of words. */
  readonly vocabulary: number;
  /** Most positions of a sequence; 128 by default. */
  readonly positions?: number;
  /** Share of absent connections in every matrix of the encoder, in [0, 1); 0, the default, makes them dense. */
  readonly sparsity?: number;
  /** The pattern of a matrix with a density below 1; blocks of 16 x 16 by default. */
  readonly pattern?: (density: number) => PatternSpec;
  /** Which matrices of the encoder are sparse; all by default. */
  readonly sparseLayers?: readonly SparseLayers[];
  /**
   * Share of the features that training drops behind embeddings, attention and feed-forward parts, and of the probabilities of
   * the attention; 0 by default.
   */
  readonly dropout?: number;
  /** Added to variances; 1e-12 by default. */
  readonly epsilon?: number;
  /** How weights begin, by default as normal numbers of deviation 0.02 up to two deviations, and where sparse ones live. */
  readonly weights?: WeightOptions;
}

/** Options of {@linkcode bertClassifier}. */
export interface BertClassifierOptions extends BertOptions {
  /** Classes. */
  readonly classes: number;
}

/** A BERT to pre-train. */
export type Bert = Module<PretrainingInput, PretrainingOutput>;

/** A BERT that says classes of sentences. */
export type BertClassifier = Module<SentenceInput, Tensor>;

/** What makes hidden states of pieces. */
export interface BertTrunk {
  /** What is learnt of pieces and their places. */
  readonly embeddings: Module<Tensor | TextInput>;
  /** The layers. */
  readonly encoder: Module<Tensor | MaskedInput>;
}

/** What both have. */
interface Body extends BertTrunk {
  readonly pooler: Module;
}

/** What a BERT to pre-train is made of. */
interface BertParts extends Body {
  readonly masked: Module;
  readonly next: Module;
}

/** What a classifier is made of. */
interface ClassifierParts extends Body {
  readonly classifier: Module;
}

/**
 * BERT to pre-train, for the task `pretraining`: the encoder of Devlin et al. (2019, layer norm behind each part, epsilon
 * 1e-12, GELU by the error function) with the head of the masked words, whose table is that of the embedding, and the head of
 * the next sentence. The six matrices of every layer are sparse, all with the same density, as Dietrich et al. (2022) have
 * them; embeddings, norms and heads are dense.
 *
 * Names of parameters are those of `docs/adr/0021-onnx-and-hugging-face.md`.
 *
 * @throws {RangeError} if a size is not a whole number above 0, or the sparsity cannot be had.
 * @example
 * ```ts
 * import { bert, block } from "@filigree/filigree";
 *
 * const pattern = (density: number) => block(16, { density });
 * const model = bert({ size: "mini", vocabulary: 8192, sparsity: 0.9, pattern });
 * const sparse = model.weights.filter((weight) => weight.sparse !== undefined);
 * console.assert(sparse.length === 4 * 6);
 * ```
 */
export function bert(options: BertOptions): Bert {
  const { features } = sizesOf(options);
  const { vocabulary, epsilon = EPSILON } = options;
  const { init } = weightsOf(options);
  return bertOf({
    ...bodyOf(options),
    masked: maskedWords(features, { vocabulary, epsilon, init }),
    next: linear(features, 2, { name: "next", init }),
  });
}

/**
 * BERT that says classes of sentences, or of pairs of them, for the task `ofSentences(taskNamed("class"))`: its parameters but
 * for `classifier` are those of {@linkcode bert}, so that `trainer.load(path, { except: ["classifier."] })` takes what was
 * pre-trained.
 *
 * @throws {RangeError} if a size is not a whole number above 0, or the sparsity cannot be had.
 * @example
 * ```ts
 * import { bertClassifier } from "@filigree/filigree";
 *
 * const model = bertClassifier({ size: "tiny", vocabulary: 8192, classes: 3 });
 * console.assert(model.weights.at(-1)?.label === "classifier.weight");
 * ```
 */
export function bertClassifier({ classes, ...options }: BertClassifierOptions): BertClassifier {
  return withClassifier(bodyOf(options), classes, options);
}

/**
 * A classifier over what a BERT is made of: it has the same modules, so that what is trained of one is trained of the other.
 *
 * @param model A BERT that was made by {@linkcode bert} or {@linkcode bertClassifier}, or loaded.
 * @throws {TypeError} if it is none.
 * @throws {RangeError} if the classes are not a whole number above 0.
 * @example
 * ```ts
 * import { bert, classifierOf } from "@filigree/filigree";
 *
 * const pretrained = bert({ size: "tiny", vocabulary: 8192, sparsity: 0.9 });
 * const model = classifierOf(pretrained, 2);
 * console.assert(model.parameters[0] === pretrained.parameters[0]);
 * ```
 */
export function classifierOf(
  { children }: Bert | BertClassifier,
  classes: number,
): BertClassifier {
  return withClassifier(bodyIn(children), classes, {});
}

function withClassifier(
  body: Body,
  classes: number,
  options: Pick<BertOptions, "weights">,
): BertClassifier {
  const [{ shape: [features] }] = body.pooler.weights;
  const { init } = weightsOf(options);
  const classifier = linear(features, classes, { name: "classifier", init });
  return classifierFrom({ ...body, classifier });
}

/** The sizes that options ask for. */
export function sizesOf({ size = "tiny" }: Pick<BertOptions, "size">): Required<BertSizes> {
  const sizes: BertSizes = typeof size === "string" ? BERT_SIZES[size] : size;
  return { intermediate: 4 * sizes.features, ...sizes };
}

function weightsOf({ weights = {} }: Pick<BertOptions, "weights">) {
  return { init: truncatedNormal(0.02), ...weights };
}

/** The matrices of a BERT that can be sparse. */
export function bertMatrices(options: Pick<BertOptions, "size">): SparseMatrixPlace[] {
  return transformerMatrices(sizesOf(options), { path: (layer) => `encoder.layer${layer}` });
}

function bodyOf(options: BertOptions): Body {
  const { features } = sizesOf(options);
  return {
    ...trunkOf(options),
    pooler: linear(features, features, { name: "pooler", init: weightsOf(options).init }),
  };
}

/**
 * What makes hidden states of pieces.
 *
 * @param options.segments Whether there is anything to learn of stretches; true by default.
 * @throws {RangeError} if a size is not a whole number above 0, or the sparsity cannot be had.
 */
export function trunkOf(
  { segments = true, ...options }: BertOptions & { readonly segments?: boolean },
): BertTrunk {
  const { vocabulary, positions = 128, sparsity = 0, dropout = 0, epsilon = EPSILON } = options;
  if (!(sparsity >= 0 && sparsity < 1)) {
    throw new RangeError(`Cannot make a BERT of sparsity ${sparsity}: expected a share in [0, 1)`);
  }
  const { layers, features, heads, intermediate } = sizesOf(options);
  const patterns = sparsePatterns(bertMatrices(options), {
    pattern: (density) => block(16, { density }),
    ...options,
  });
  return {
    embeddings: bertEmbeddings(features, { vocabulary, positions, dropout, epsilon, segments }),
    encoder: transformerEncoder({
      ...{ layers, features, heads, intermediate, dropout, epsilon, ...weightsOf(options) },
      patterns: patternsWithin("encoder", patterns),
    }),
  };
}

/** What is known of a whole text, and of its positions. */
function readWith(
  { embeddings, encoder, pooler }: Body,
  { tokens, segments, mask }: SentenceInput,
  context: Context,
): { readonly hidden: Tensor; readonly pooled: Tensor } {
  const hidden = encoder({ x: embeddings({ tokens, segments }, context), mask }, context);
  return { hidden, pooled: tanh(pooler(firstPosition(hidden), context)) };
}

function bertOf(parts: BertParts): Bert {
  const { masked, next } = parts;
  const head = headOf(parts.embeddings, masked);
  const forward = (input: PretrainingInput, context: Context): PretrainingOutput => {
    const { hidden, pooled } = readWith(parts, input, context);
    const told = input.places === undefined ? hidden : gatherPositions(hidden, input.places);
    return { hidden: masked(told, context), head, next: next(pooled, context) };
  };
  return makeModule(forward, { ...recordOf(bertLayer, {}), children: { ...parts } });
}

function classifierFrom(parts: ClassifierParts): BertClassifier {
  const forward = (input: SentenceInput, context: Context): Tensor =>
    parts.classifier(readWith(parts, input, context).pooled, context);
  return makeModule(forward, { ...recordOf(bertClassifierLayer, {}), children: { ...parts } });
}

/** The trunk among children. */
export function trunkIn(children: Bert["children"]): BertTrunk {
  return {
    embeddings: childOf(children, "embeddings", bertEmbeddingsLayer),
    encoder: childOf(children, "encoder", transformerEncoderLayer),
  };
}

function bodyIn(children: Bert["children"]): Body {
  return {
    ...trunkIn(children),
    pooler: childOf(children, "pooler", linearLayer),
  };
}

/** Says that a model is no chain of layers that take a tensor each. */
function refuseExport(): never {
  throw new TypeError(
    "Cannot export a BERT in this format: it reads pieces, stretches and a mask; expected the format huggingface",
  );
}

/** The BERT to pre-train as checkpoints know it: what `loadModel` takes `as`. */
export const bertLayer: LayerDefinition<Bert> = defineLayer({
  kind: "bert",
  settings: {},
  make: ({ children }) =>
    bertOf({
      ...bodyIn(children),
      masked: childOf(children, "masked", maskedWordsLayer),
      next: childOf(children, "next", linearLayer),
    }),
  exported: { shape: refuseExport },
});

/** The BERT that says classes as checkpoints know it: what `loadModel` takes `as`. */
export const bertClassifierLayer: LayerDefinition<BertClassifier> = defineLayer({
  kind: "bertClassifier",
  settings: {},
  make: ({ children }) =>
    classifierFrom({
      ...bodyIn(children),
      classifier: childOf(children, "classifier", linearLayer),
    }),
  exported: { shape: refuseExport },
});
