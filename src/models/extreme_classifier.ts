/**
 * The model of very many labels: sparse features, a few dense layers, and a sparse head with a row for each label.
 *
 * @module
 */
import {
  childOf,
  type Context,
  defineLayer,
  dropout,
  embeddingBag,
  labelHead,
  type LabelOutput,
  type LayerDefinition,
  layerNorm,
  linear,
  makeModule,
  type Module,
  recordOf,
  relu,
  sequential,
  type WeightedTokens,
} from "../nn/mod.ts";
import { labelHeadLayer } from "../nn/label_head.ts";
import { embeddingBagLayer, linearLayer, sequentialLayer } from "../nn/layers.ts";
import type { Tensor } from "../program/trace.ts";
import { type Init, truncatedNormal } from "../sparse/init.ts";
import { fanIn } from "../sparse/patterns/mod.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import type { LabelRankingOutput } from "../tasks/label_ranking.ts";

/** Options of {@linkcode extremeClassifier}. */
export interface ExtremeClassifierOptions {
  /** Sparse features that there are. */
  readonly features: number;
  /** Labels that there are. */
  readonly labels: number;
  /** Numbers that the features of an example become; 256 by default. */
  readonly width?: number;
  /** Numbers of a layer between those and the head, which is wider and linear (Spartex: 4096); none by default. */
  readonly intermediate?: number;
  /**
   * Clusters of labels that a dense head of their own learns beside the labels, for `sparseLabelRanking({ auxiliary: true })`; none
   * by default.
   */
  readonly clusters?: number;
  /** Share of the numbers that training drops before the head; 0 by default. */
  readonly dropout?: number;
  /** The pattern of the head, whose lists are full; 32 inputs of each label by default. */
  readonly pattern?: PatternSpec;
  /** How the weights of the head begin; by default as normal numbers of deviation 0.02 up to two deviations. */
  readonly init?: Init;
  /** What the biases of the head begin with; -1 by default. */
  readonly bias?: number;
}

/** A model of very many labels. */
export type ExtremeClassifier = Module<WeightedTokens, LabelRankingOutput>;

/** What it is made of. */
interface Parts {
  readonly words: Module<Tensor | WeightedTokens>;
  readonly encoder: Module;
  readonly intermediate?: Module;
  readonly auxiliary?: Module<Tensor, LabelOutput>;
  readonly head: Module<Tensor, LabelOutput>;
}

/**
 * A classifier of very many labels, for the task `sparseLabelRanking` and what `rankingSource` gives: the product of sparse features
 * with a table, layer norm and ReLU, perhaps a wider layer, and a head with a sparse row for each label.
 *
 * @throws {RangeError} if a size is not a whole number above 0, the dropout is no share, or the pattern cannot be had.
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
  const { features, labels, width = 256, intermediate, clusters, dropout: rate = 0 } = options;
  const { pattern = fanIn(32, { full: true }), init = truncatedNormal(0.02), bias = -1 } = options;
  return madeOf({
    // Rows of length 1 give numbers of variance 1.
    words: embeddingBag(features + 1, width, {
      ...{ padding: 0, reduce: "sum", deviation: 1, name: "words" },
    }),
    encoder: sequential({
      norm: layerNorm(width),
      relu: relu(),
      ...(rate === 0 ? {} : { dropout: dropout(rate) }),
    }),
    ...(intermediate === undefined
      ? {}
      : { intermediate: linear(width, intermediate, { name: "intermediate" }) }),
    ...(clusters === undefined ? {} : {
      // As if one cluster applied to an example.
      auxiliary: labelHead(width, clusters, {
        ...{ name: "auxiliary", init, bias: -Math.log(clusters) },
      }),
    }),
    head: labelHead(intermediate ?? width, labels, { pattern, name: "head", init, bias }),
  });
}

function madeOf(parts: Parts): ExtremeClassifier {
  const { words, encoder, intermediate, auxiliary, head } = parts;
  const forward = (input: WeightedTokens, context: Context): LabelRankingOutput => {
    const x = encoder(words(input, context), context);
    return {
      ...head(intermediate === undefined ? x : intermediate(x, context), context),
      ...(auxiliary === undefined ? {} : { auxiliary: auxiliary(x, context) }),
    };
  };
  return makeModule(forward, {
    ...recordOf(extremeClassifierLayer, {}),
    children: { ...parts },
  });
}

/** The model as checkpoints know it: what `loadModel` takes `as`. */
export const extremeClassifierLayer: LayerDefinition<ExtremeClassifier> = defineLayer({
  kind: "extremeClassifier",
  settings: {},
  make: ({ children }) =>
    madeOf({
      words: childOf(children, "words", embeddingBagLayer),
      encoder: childOf(children, "encoder", sequentialLayer),
      ...(children.intermediate === undefined
        ? {}
        : { intermediate: childOf(children, "intermediate", linearLayer) }),
      ...(children.auxiliary === undefined
        ? {}
        : { auxiliary: childOf(children, "auxiliary", labelHeadLayer) }),
      head: childOf(children, "head", labelHeadLayer),
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
