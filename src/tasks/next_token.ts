/**
 * What a decoder is pre-trained for: at every position of a text the token that comes next.
 *
 * @module
 */
import {
  vocabularyAccuracy,
  vocabularyCrossEntropy,
  type VocabularyHead,
} from "../ops/vocabulary.ts";
import type { Tensor } from "../program/trace.ts";
import { classOf } from "./classification.ts";
import type { Measured, Task } from "./task.ts";

/** What a model gives that tells the next token. */
export interface NextTokenOutput {
  /** `[features, positions, examples]`: what is known of the token behind each position. */
  readonly hidden: Tensor;
  /** What makes logits of these. */
  readonly head: VocabularyHead;
}

/** What the metrics of {@linkcode nextToken} are called for people. */
export const NEXT_TOKEN_MEASURES: readonly Measured[] = [
  { name: "perplexity", title: "perplexity" },
  { name: "tokenAccuracy", title: "token accuracy", share: true },
];

/**
 * The task of sources such as `openTokenWindows` makes: the cross-entropy of the next token, in nats, the mean of all positions
 * alike. It measures the share of tokens that are told (`tokenAccuracy`), and what follows from the mean loss: the `perplexity`,
 * e to the power of it.
 *
 * @example
 * ```ts
 * import { gpt, nextToken } from "@filigree/filigree";
 *
 * const model = gpt({ size: "tiny", vocabulary: 8192, sparsity: 0.9 });
 * const task = nextToken(); // new Trainer({ device, model, task, optimizer })
 * console.assert(task.targets[0] === "next" && model.weights.length > 12);
 * ```
 */
export function nextToken(): Task<"tokens", "next", Tensor, NextTokenOutput> {
  return {
    name: "next-token",
    inputs: ["tokens"],
    targets: ["next"],
    output: (model, { tokens }) => model(tokens).hidden,
    loss(model, { tokens, next }) {
      const { hidden, head } = model(tokens);
      return vocabularyCrossEntropy(hidden, head, next);
    },
    metrics: {
      tokenAccuracy(_, { tokens, next }, model) {
        const { hidden, head } = model(tokens);
        return vocabularyAccuracy(hidden, head, next);
      },
    },
    follows: { perplexity: Math.exp },
    answer: classOf,
  };
}
