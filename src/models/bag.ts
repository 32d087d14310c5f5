/**
 * A bag of words: the mean of the features of a text's words, and linear layers behind it.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import { embeddingBag } from "../nn/embedding.ts";
import type { Module } from "../nn/module.ts";
import { sequential } from "../nn/sequential.ts";
import { type ModelDefinition, type ModelGiven, WIDEST } from "./definition.ts";
import { definition as layers, mlp, type MlpOptions } from "./mlp.ts";

/** Options of {@linkcode bag}. */
export interface BagOptions extends MlpOptions {
  /** Tokens; 0 is padding. */
  readonly vocabulary: number;
  /** Features of a token, of each hidden layer, and classes. */
  readonly sizes: readonly number[];
}

/**
 * The mean of the features of an example's tokens (`nn.embeddingBag`, where 0 is padding), then an `mlp`: with two sizes the
 * classifier of Joulin et al. (2017), fastText, without its pairs of words. The table of features is dense; a sparsity is that
 * of the linear layers.
 *
 * @throws {RangeError} if there are fewer than two sizes, one is not a whole number above 0, or the sparsity cannot be had.
 * @example
 * ```ts
 * import { bag } from "@filigree/filigree";
 *
 * const model = bag({ vocabulary: 10_000, sizes: [64, 256, 45], sparsity: 0.9 });
 * console.assert(model.weights.length === 3);
 * ```
 */
export function bag({ vocabulary, ...options }: BagOptions): Module {
  return behindWords(vocabulary, options.sizes[0], mlp(options));
}

function behindWords(vocabulary: number, features: number, rest: Module): Module {
  const words = embeddingBag(vocabulary, features, { padding: 0, name: "words" });
  return sequential({ words, "": rest });
}

/** The bag of words by name. */
export const definition: ModelDefinition = {
  ...define({
    name: "bag",
    description: "the mean of the features of a text's words, and an mlp",
    rank: 3,
    options: {
      features: {
        type: "integer",
        least: 1,
        most: WIDEST,
        description: "Features of a word of a bag; 64 by default",
        flag: "--features",
      },
      ...layers.options,
    },
    make({ features = 64, ...values }, { vocabulary = 1, ...given }: ModelGiven) {
      const { model, summary } = layers.make(values, { ...given, inputs: features });
      return {
        model: behindWords(vocabulary, features, model),
        summary: `${vocabulary} words, ${summary}`,
      };
    },
  }),
  tokens: true,
};
