/**
 * BERT as what a model of very many labels reads texts by: tokens in their order become the numbers of an example.
 *
 * @module
 */
import { defineLayer, type LayerDefinition, recordOf } from "../nn/definition.ts";
import type { Context } from "../nn/context.ts";
import { makeModule, type Module } from "../nn/module.ts";
import type { WeightedTokens } from "../ops/embedding.ts";
import { batchedProduct } from "../ops/batched_product.ts";
import { firstPosition } from "../ops/first_position.ts";
import { meanAlong } from "../ops/reductions.ts";
import { reshape } from "../ops/reshape.ts";
import { Tensor } from "../program/trace.ts";
import { type BertOptions, type BertTrunk, trunkIn, trunkOf } from "./bert.ts";

/** What becomes of the positions of a text: their mean by weights, or the first one, `[CLS]`. */
export type BertPooling = "mean" | "token";

/** All of them. */
export const BERT_POOLINGS = ["mean", "token"] as const satisfies readonly BertPooling[];

/** Options of {@linkcode bertEncoder}. */
export interface BertEncoderOptions extends BertOptions {
  /**
   * What becomes of the positions: their `"mean"`, the default (Reimers and Gurevych 2019, "Sentence-BERT"; Jain et al. 2023,
   * "Renee"), or the first one (`"token"`, Devlin et al. 2019), without the layer that BERT's own classifier has there.
   */
  readonly pooling?: BertPooling;
}

/** What makes numbers of tokens in their order. */
export type BertEncoder = Module<Tensor | WeightedTokens>;

/**
 * BERT over one stretch of text: `[positions, examples]` tokens in their order become `[features, examples]`. Where tokens have
 * weights, those of weight 0 are not there, and a mean is the sum of the positions by their weights: 1 over the number of tokens
 * that are there, as `rankingSource` gives them.
 *
 * Its parameters are those of {@linkcode bert} up to the last layer. Stretches have no table: what BERT has learnt of the
 * first one is a part of every word.
 *
 * @throws {RangeError} if a size is not a whole number above 0, or the sparsity cannot be had.
 * @example
 * ```ts
 * import { bertEncoder, extremeClassifier } from "@filigree/filigree";
 *
 * const encoder = bertEncoder({ size: "tiny", vocabulary: 8192, positions: 32 });
 * const model = extremeClassifier({ features: 8192, labels: 25_540, width: 128, encoder });
 * console.assert(model.weights[0].label === "bert.embeddings.words.weight");
 * ```
 */
export function bertEncoder(
  { pooling = "mean", ...options }: BertEncoderOptions,
): BertEncoder {
  return encoderOf(trunkOf({ ...options, segments: false }), pooling);
}

function encoderOf({ embeddings, encoder }: BertTrunk, pooling: BertPooling): BertEncoder {
  const forward = (input: Tensor | WeightedTokens, context: Context): Tensor => {
    const { tokens, weights } = input instanceof Tensor
      ? { tokens: input, weights: undefined }
      : input;
    const x = embeddings(tokens, context);
    const hidden = encoder(weights === undefined ? x : { x, mask: weights }, context);
    return pooling === "token" ? firstPosition(hidden) : meanOf(hidden, weights);
  };
  return makeModule(forward, {
    ...recordOf(bertEncoderLayer, { pooling }),
    children: { embeddings, encoder },
  });
}

/** `[features, examples]` of `[features, positions, examples]` and what each position weighs; all alike where absent. */
function meanOf(hidden: Tensor, weights: Tensor | undefined): Tensor {
  const { shape: [features, positions] } = hidden;
  if (weights === undefined) return reshape(meanAlong(hidden, "positions"), [features]);
  const column = reshape(weights, [positions, 1]);
  return reshape(batchedProduct(hidden, column, { a: "positions", b: 0 }), [features]);
}

/** The encoder as checkpoints know it. */
export const bertEncoderLayer: LayerDefinition<BertEncoder> = defineLayer({
  kind: "bertEncoder",
  settings: {
    pooling: { type: "choice", choices: BERT_POOLINGS, description: "What becomes of positions" },
  },
  make: ({ settings: { pooling }, children }) => encoderOf(trunkIn(children), pooling),
  exported: {
    shape() {
      throw new TypeError(
        "Cannot export an encoder of weighted tokens; expected a checkpoint to be read by loadModel",
      );
    },
  },
});
