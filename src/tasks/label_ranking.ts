/**
 * Many labels: which of a hundred thousand and more apply to an example, by a loss over all of them, and which come first.
 *
 * @module
 */
import { labelLoss, type LabelLossName, type LabelLossOptions } from "../ops/label_loss.ts";
import { add } from "../ops/add.ts";
import { labelTop } from "../ops/label_top.ts";
import { times } from "../ops/times.ts";
import { type LabelFeatures, type LabelHead, labelsOf } from "../ops/label_head.ts";
import type { Tensor } from "../program/trace.ts";
import type { WeightedTokens } from "../ops/embedding.ts";
import type { Measured, Task, TensorBatch } from "./task.ts";

/** What a model of many labels gives: that of `nn.labelHead` behind whatever makes features. */
export interface LabelRankingOutput {
  /** `[features, examples]`, or sparse features by their numbers. */
  readonly features: LabelFeatures;
  /** What makes logits of these. */
  readonly head: LabelHead;
  /** The same of clusters of labels, where an auxiliary objective learns them. */
  readonly auxiliary?: Omit<LabelRankingOutput, "auxiliary">;
}

/** The losses, the usual one of people first. */
export const RANKING_LOSSES: readonly [LabelLossName, ...LabelLossName[]] = [
  "bce",
  "squared-hinge",
  "softmax",
];

/** What rankings are measured by, for people: the first one stands for an evaluation. */
export const RANKING_MEASURES: readonly [Measured, ...Measured[]] = [
  { name: "P@1", title: "P@1", share: true },
  ...["P@3", "P@5", "nDCG@1", "nDCG@3", "nDCG@5", "R@1", "R@3", "R@5", "PSP@1", "PSP@3", "PSP@5"]
    .concat("PSnDCG@1", "PSnDCG@3", "PSnDCG@5").map((name) => ({ name, title: name, share: true })),
];

/** Options of {@linkcode labelRanking}. */
export interface LabelRankingOptions extends LabelLossOptions {
  /** How many labels of an example an evaluation looks at; 5 by default, or all where there are fewer. */
  readonly top?: number;
}

/**
 * The task of a head of many labels: the loss of `labelLoss`, of sources that have `features` and `labels` `[most]`. What it says
 * of an example are the logits of the labels that come first; which they are says `labelTop`.
 *
 * @example
 * ```ts
 * import { fanIn, labelRanking, nn } from "@filigree/filigree";
 *
 * const model = nn.labelHead(300, 100_000, { pattern: fanIn(32, { full: true }) });
 * const task = labelRanking({ loss: "bce" }); // new Trainer({ device, model, task, optimizer })
 * console.assert(task.targets.join() === "labels" && model.weights.length === 1);
 * ```
 */
export function labelRanking(
  options: LabelRankingOptions = {},
): Task<"features", "labels", Tensor, LabelRankingOutput> {
  return rankingBy(["features"], ({ features }) => features, options);
}

/** Options of {@linkcode sparseLabelRanking}. */
export interface SparseLabelRankingOptions extends LabelRankingOptions {
  /**
   * Whether the model learns clusters of labels too, by a binary cross-entropy that counts what the batch says: an auxiliary
   * objective (Ullah et al. 2024, "Navigating Extremes: Dynamic Sparsity in Large Output Spaces"); false by default.
   */
  readonly auxiliary?: boolean;
}

/** Names of the arrays that say what is true. */
export type SparseLabelTarget = "labels" | "clusters" | "share";

/**
 * The same of sparse features, for `extremeClassifier` and what `rankingSource` gives: `tokens` and `weights` in the place of
 * the features. With an auxiliary objective for what `withClusters` gives.
 *
 * @example
 * ```ts
 * import { extremeClassifier, sparseLabelRanking } from "@filigree/filigree";
 *
 * const model = extremeClassifier({ features: 9000, labels: 5000, width: 64 });
 * const task = sparseLabelRanking({ loss: "bce" }); // new Trainer({ device, model, task, optimizer })
 * console.assert(task.inputs.join() === "tokens,weights" && model.parameters.length === 5);
 * ```
 */
export function sparseLabelRanking(
  { auxiliary = false, ...options }: SparseLabelRankingOptions = {},
): Task<"tokens" | "weights", SparseLabelTarget, WeightedTokens, LabelRankingOutput> {
  const task = rankingBy<"tokens" | "weights", WeightedTokens>(
    ["tokens", "weights"],
    ({ tokens, weights }) => ({ tokens, weights }),
    options,
  );
  if (!auxiliary) return task;
  return {
    ...task,
    targets: ["labels", "clusters", "share"],
    loss(model, { tokens, weights, labels, clusters, share }) {
      // Once: what is before both heads is computed, and gets a gradient, once.
      const { auxiliary: coarse, features, head } = model({ tokens, weights });
      if (coarse === undefined) {
        throw new TypeError(
          "Cannot learn clusters of labels: the model has no head for them; expected one with clusters",
        );
      }
      const own = labelLoss(coarse.features, coarse.head, clusters, { loss: "bce" });
      return add(labelLoss(features, head, labels, options), times(own, share));
    },
  };
}

/** The task of a model that reads some arrays of a batch. */
function rankingBy<Input extends string, In>(
  inputs: readonly Input[],
  read: (batch: TensorBatch<Input>) => In,
  { top, ...options }: LabelRankingOptions,
): Task<Input, "labels", In, LabelRankingOutput> {
  const { chunk } = options;
  return {
    name: "label-ranking",
    inputs,
    targets: ["labels"],
    output(model, batch) {
      const { features, head } = model(read(batch));
      const most = top ?? Math.min(5, labelsOf(head));
      return labelTop(features, head, most, chunk === undefined ? {} : { chunk }).scores;
    },
    loss(model, batch) {
      const { features, head } = model(read(batch));
      return labelLoss(features, head, batch.labels, options);
    },
    metrics: {},
    answer: (values) => ({ values }),
  };
}
