/**
 * The model of very many labels: sparse features, a few dense layers, and a sparse head with a row for each label.
 *
 * @module
 */
import type { Context } from "../nn/context.ts";
import { childOf, defineLayer, isOf, type LayerDefinition, recordOf } from "../nn/definition.ts";
import { dropout } from "../nn/dropout.ts";
import { embeddingBag, embeddingBagLayer } from "../nn/embedding.ts";
import { labelHead, labelHeadLayer, type LabelOutput } from "../nn/label_head.ts";
import { labelHeads, labelHeadsLayer } from "../nn/label_heads.ts";
import { linear, linearLayer } from "../nn/linear.ts";
import { makeModule, type Module } from "../nn/module.ts";
import { layerNorm } from "../nn/norms.ts";
import { relu, reluLayer } from "../nn/relu.ts";
import { sequential, sequentialLayer } from "../nn/sequential.ts";
import type { WeightedTokens } from "../ops/embedding.ts";
import { dropoutIn } from "../nn/transformer.ts";
import type { Parallel } from "../parallel/parallel.ts";
import type { Tensor } from "../program/trace.ts";
import { LABEL_TILE, type LabelFeatures } from "../ops/label_head.ts";
import { listFeatures } from "../ops/listed_features.ts";
import type { PreferredInputs } from "../sparse/draw.ts";
import { type Init, truncatedNormal } from "../sparse/init.ts";
import { fanIn } from "../sparse/patterns/mod.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import type { LabelRankingOutput } from "../tasks/label_ranking.ts";
import { bertEncoderLayer } from "./bert_encoder.ts";

/** Numbers that the features of an example become where nobody says how many. */
export const USUAL_WIDTH = 256;

/** What follows a layer before the head of very many labels: a ReLU, or nothing. */
export type ClassifierActivation = "relu" | "none";

/** All of them. */
export const CLASSIFIER_ACTIVATIONS = [
  "relu",
  "none",
] as const satisfies readonly ClassifierActivation[];

/** Options of {@linkcode extremeClassifier}. */
export interface ExtremeClassifierOptions {
  /** Sparse features that there are. */
  readonly features: number;
  /** Labels that there are. */
  readonly labels: number;
  /** Numbers that the features of an example become; 256 by default. 0 lets the head stand on the features themselves. */
  readonly width?: number;
  /** Numbers of a layer between those and the head, which is wider; none by default. */
  readonly intermediate?: number;
  /**
   * What follows that layer: nothing (`"none"`), the default (Spartex, Ullah et al., NeurIPS 2024, with 4,096 numbers), or `"relu"`
   * (Schultheis and Babbar, ECML 2023, with 16,384 to 131,072).
   */
  readonly intermediateActivation?: ClassifierActivation;
  /**
   * Clusters of labels that a dense head of their own learns beside the labels, for `sparseLabelRanking({ auxiliary: true })`; none
   * by default.
   */
  readonly clusters?: number;
  /** Whether the numbers of a feature stay as they are, such as vectors of words that were learnt elsewhere; false by default. */
  readonly frozenWords?: boolean;
  /**
   * What makes `width` numbers of the tokens of an example in the place of a table of features, such as {@linkcode bertEncoder}; a
   * table and a layer norm by default.
   */
  readonly encoder?: Module<Tensor | WeightedTokens>;
  /**
   * What follows that layer norm: `"relu"`, or nothing (`"none"`), the default. Numbers that are never negative make all examples
   * alike, so that what a label learns of one raises it for all others.
   */
  readonly activation?: ClassifierActivation;
  /** Share of the numbers that training drops before the head; 0 by default. */
  readonly dropout?: number;
  /** The pattern of the head, whose lists are full; 32 inputs of each label by default. */
  readonly pattern?: PatternSpec;
  /**
   * First labels that read all of what stands before the head, a multiple of 64, such as the most frequent ones where `labelOrder`
   * puts these first (HASTE); none by default.
   */
  readonly denseLabels?: number;
  /**
   * Features that labels begin with as their inputs, of a head that stands on features: such as the largest of `labelCentroids`. Random
   * ones by default.
   */
  readonly preferred?: PreferredInputs;
  /** How the weights of the head begin; by default as normal numbers of deviation 0.02 up to two deviations, and as zeros where it stands on features. */
  readonly init?: Init;
  /** What the biases of the head begin with; -1 by default. */
  readonly bias?: number;
  /** Ranks of which each has some labels of the head, as `nn.labelHead` has it; one process has all by default. */
  readonly spread?: Parallel;
}

/** A model of very many labels. */
export type ExtremeClassifier = Module<WeightedTokens, LabelRankingOutput>;

/** What it is made of. */
interface Parts {
  readonly encoded?: Encoded;
  readonly head: Module<LabelFeatures, LabelOutput>;
}

/**
 * Deviation of the numbers that words begin with. The layer norm behind them takes any scale for the same; the smaller they are, the
 * further a rate moves them.
 */
const WORD_DEVIATION = 0.01;

/** What makes numbers of an example: of its features, or of its tokens in their order. */
type Reader = {
  readonly words: Module<Tensor | WeightedTokens>;
  readonly encoder: Module;
} | {
  readonly bert: Module<Tensor | WeightedTokens>;
  readonly dropout?: Module;
};

/** What stands before the head. */
interface Encoded {
  readonly reader: Reader;
  readonly intermediate?: Module;
  /** Of the intermediate layer, which is linear without one. */
  readonly activation?: Module;
  readonly auxiliary?: Module<LabelFeatures, LabelOutput>;
}

/**
 * A classifier of very many labels, for the task `sparseLabelRanking` and what `rankingSource` gives: the product of sparse features
 * with a table and a layer norm, or what an encoder makes of tokens in their order; perhaps a wider layer, linear or with a ReLU; and a head with a sparse
 * row for each label. Without a width it is the
 * head alone, whose labels have some of the features as their inputs: one against the rest, as DiSMEC (Babbar et al. 2017)
 * and Parabel (Prabhu et al. 2018) have it, in the storage of every other sparse layer.
 *
 * @throws {RangeError} if a size is not a whole number above 0, the dropout is no share, the pattern cannot be had, dense labels are no
 * multiple of 64 or leave none, or a head that stands on features is to have what an encoder has.
 * @example
 * ```ts
 * import { extremeClassifier, fanIn } from "@filigree/filigree";
 *
 * const pattern = fanIn(32, { full: true });
 * const model = extremeClassifier({ features: 42_797, labels: 147_478, width: 256, pattern });
 * console.assert(model.weights.at(-1)?.shape[0] === 147_478);
 * ```
 */
export function extremeClassifier(options: ExtremeClassifierOptions): ExtremeClassifier {
  const { features, labels, width = USUAL_WIDTH, intermediate, preferred, spread } = options;
  const { pattern = fanIn(32, { full: true }), bias = -1 } = options;
  if (width === 0) {
    requireAlone(options);
    const init = options.init ?? truncatedNormal(0);
    const own = { pattern, name: "head", init, bias };
    return madeOf({
      head: labelHead(features, labels, {
        ...own,
        ...(preferred === undefined ? {} : { preferred }),
        ...(spread === undefined ? {} : { spread }),
      }),
    });
  }
  const { init = truncatedNormal(0.02) } = options;
  return madeOf({
    encoded: encodedBy({ ...options, width, init }),
    head: headOf(intermediate ?? width, { ...options, pattern, init, bias }),
  });
}

/** A head behind an encoder: all of it of a pattern, or dense for the first labels. */
function headOf(
  inputs: number,
  { labels, pattern, denseLabels = 0, init, bias, spread }:
    & ExtremeClassifierOptions
    & { readonly pattern: PatternSpec; readonly init: Init; readonly bias: number },
): Parts["head"] {
  const own = { init, bias, ...(spread === undefined ? {} : { spread }) };
  if (denseLabels === 0) return labelHead(inputs, labels, { pattern, name: "head", ...own });
  if (!(denseLabels > 0 && denseLabels < labels && denseLabels % LABEL_TILE === 0)) {
    throw new RangeError(
      `Cannot make an extreme classifier with ${denseLabels} dense labels of ${labels}: expected a multiple of ${LABEL_TILE}, ` +
        "fewer than all",
    );
  }
  return labelHeads({
    dense: labelHead(inputs, denseLabels, { name: "head.dense", ...own }),
    sparse: labelHead(inputs, labels - denseLabels, { pattern, name: "head.sparse", ...own }),
  });
}

function encodedBy(
  options: ExtremeClassifierOptions & { readonly width: number; readonly init: Init },
): Encoded {
  const { width, intermediate, intermediateActivation, clusters, init, preferred } = options;
  if (intermediateActivation !== undefined && intermediate === undefined) {
    throw new RangeError(
      `Cannot make an extreme classifier with the intermediate activation "${intermediateActivation}": there is no intermediate ` +
        "layer; expected its size",
    );
  }
  if (preferred !== undefined) {
    throw new RangeError(
      `Cannot make an extreme classifier with preferred features behind a width of ${width}: expected a width of 0`,
    );
  }
  return {
    reader: readerBy(options),
    ...(intermediate === undefined
      ? {}
      : { intermediate: linear(width, intermediate, { name: "intermediate" }) }),
    ...(intermediateActivation === "relu" ? { activation: relu() } : {}),
    ...(clusters === undefined ? {} : {
      // As if one cluster applied to an example.
      auxiliary: labelHead(width, clusters, {
        ...{ name: "auxiliary", init, bias: -Math.log(clusters) },
      }),
    }),
  };
}

function readerBy(
  { features, width, encoder, activation = "none", frozenWords, dropout: rate = 0 }:
    & ExtremeClassifierOptions
    & { readonly width: number },
): Reader {
  if (encoder === undefined) {
    return {
      words: embeddingBag(features + 1, width, {
        ...{ padding: 0, reduce: "sum", deviation: WORD_DEVIATION, name: "words" },
        ...(frozenWords === undefined ? {} : { frozen: frozenWords }),
      }),
      encoder: sequential({
        norm: layerNorm(width),
        ...(activation === "relu" ? { relu: relu() } : {}),
        ...(rate === 0 ? {} : { dropout: dropout(rate) }),
      }),
    };
  }
  if (!frozenWords) {
    return { bert: encoder, ...(rate === 0 ? {} : { dropout: dropout(rate) }) };
  }
  throw new RangeError(
    "Cannot make an extreme classifier with frozenWords and an encoder of tokens: expected a table of features",
  );
}

/** Refuses what stands before a head that stands on features. */
function requireAlone(
  { encoder, activation, intermediate, intermediateActivation, ...behind }:
    ExtremeClassifierOptions,
): void {
  const { clusters, frozenWords, dropout, denseLabels } = behind;
  const given = Object.entries({
    ...{ encoder, activation, intermediate, intermediateActivation },
    ...{ clusters, frozenWords, dropout, denseLabels },
  })
    .filter(([, value]) => value !== undefined && value !== 0 && value !== false).map(([name]) =>
      name
    );
  if (given.length === 0) return;
  throw new RangeError(
    `Cannot make an extreme classifier of width 0 with ${
      given.join(" and ")
    }: its head stands on features, with nothing before it; expected a width above 0`,
  );
}

function madeOf({ encoded, head }: Parts): ExtremeClassifier {
  const forward = (input: WeightedTokens, context: Context): LabelRankingOutput => {
    if (encoded === undefined) return head(listFeatures(input, inputsOf(head)), context);
    const { reader, intermediate, activation, auxiliary } = encoded;
    const x = readBy(reader, input, context);
    const wide = intermediate?.(x, context) ?? x;
    return {
      ...head(activation?.(wide, context) ?? wide, context),
      ...(auxiliary === undefined ? {} : { auxiliary: auxiliary(x, context) }),
    };
  };
  const { reader, ...behind } = encoded ?? {};
  return makeModule(forward, {
    ...recordOf(extremeClassifierLayer, {}),
    children: { ...reader, ...behind, head },
  });
}

function readBy(reader: Reader, input: WeightedTokens, context: Context): Tensor {
  if ("words" in reader) return reader.encoder(reader.words(input, context), context);
  const x = reader.bert(input, context);
  return reader.dropout?.(x, context) ?? x;
}

/** Inputs of a head. */
function inputsOf({ weights: [{ shape: [, inputs] }] }: Parts["head"]): number {
  return inputs;
}

function readerIn(children: ExtremeClassifier["children"]): Reader {
  if (children.bert !== undefined) {
    return { bert: childOf(children, "bert", bertEncoderLayer), ...dropoutIn(children) };
  }
  return {
    words: childOf(children, "words", embeddingBagLayer),
    encoder: childOf(children, "encoder", sequentialLayer),
  };
}

/** The model as checkpoints know it: what `loadModel` takes `as`. */
export const extremeClassifierLayer: LayerDefinition<ExtremeClassifier> = defineLayer({
  kind: "extremeClassifier",
  settings: {},
  parts: [labelHeadLayer, labelHeadsLayer],
  make: ({ children, parts = {} }) =>
    madeOf({
      ...(children.words === undefined && children.bert === undefined ? {} : {
        encoded: {
          reader: readerIn(children),
          ...(children.intermediate === undefined
            ? {}
            : { intermediate: childOf(children, "intermediate", linearLayer) }),
          ...(children.activation === undefined
            ? {}
            : { activation: childOf(children, "activation", reluLayer) }),
          ...(parts.auxiliary === undefined
            ? {}
            : { auxiliary: childOf(parts, "auxiliary", labelHeadLayer) }),
        },
      }),
      head: "head" in parts && isOf(parts.head, labelHeadsLayer)
        ? parts.head
        : childOf(parts, "head", labelHeadLayer),
    }),
  exported: {
    shape() {
      throw new TypeError(
        "Cannot export a classifier of very many labels: it reads features with weights and ranks labels a chunk at a time; " +
          "expected a checkpoint to be read by loadModel",
      );
    },
  },
});
