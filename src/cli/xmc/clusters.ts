/**
 * The auxiliary objective of a training with very many labels: clusters of labels that are alike.
 *
 * @module
 */
import { type ClusteredSource, withClusters } from "../../data/labels/auxiliary.ts";
import { labelCentroids } from "../../data/labels/centroids.ts";
import { clusterLabels, clusterRows } from "../../data/labels/clusters.ts";
import type { RankingSource } from "../../data/labels/source.ts";
import type { Config } from "../config/schema.ts";
import { asWrongUse } from "../patterns.ts";

/** Share of the loss that clusters have at first. */
const SHARE = 0.4;

/** Parts of the examples of a run. */
interface Parts<Of> {
  readonly train: Of;
  readonly test: Of;
  readonly validation?: Of;
  readonly watched?: Of;
}

/** How many clusters a configuration asks for, if any. */
export function clustersIn({ model: { auxiliary } }: Pick<Config, "model">): number | undefined {
  return typeof auxiliary === "number" ? auxiliary : undefined;
}

/**
 * The examples of a configuration with clusters of their labels, which count in training alone.
 *
 * @param over Whether the training is over: then no clusters are made.
 * @throws {ValidationError} if there are fewer labels than clusters.
 */
export function clustered(
  config: Config,
  parts: Parts<RankingSource>,
  over: boolean,
): Parts<ClusteredSource> {
  const { auxiliaryShare = SHARE, epochs } = config.train;
  const { auxiliaryEpochs = Math.max(1, Math.ceil(epochs / 2)) } = config.train;
  const { run: { seed } } = config;
  const count = clustersIn(config) ?? 1;
  const { train, test, validation, watched } = parts;
  const { features, truth: labels } = train;
  const clusters = over
    ? new Uint32Array(labels.columns)
    : asWrongUse(() =>
      clusterLabels(labelCentroids({ features, labels }), { clusters: count, seed })
    );
  const withThem = (source: RankingSource, share: number): ClusteredSource =>
    withClusters(source, {
      clusters: clusterRows(source.truth, clusters, count),
      ...{ share, epochs: auxiliaryEpochs },
    });
  const tested = withThem(test, 0);
  return {
    // Of the whole loss it is a share, beside that of the labels a ratio.
    train: withThem(train, auxiliaryShare / (1 - auxiliaryShare)),
    test: tested,
    ...(validation === undefined ? {} : { validation: withThem(validation, 0) }),
    ...(watched === undefined ? {} : { watched: watched === test ? tested : withThem(watched, 0) }),
  };
}
