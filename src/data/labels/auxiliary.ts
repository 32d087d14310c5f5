/**
 * What an auxiliary objective learns beside very many labels: which clusters of labels apply, with a share that fades.
 *
 * @module
 */
import { type ArraySpec, chosenIn, columnsOf, type MemorySource } from "../source.ts";
import { labelArray } from "./batches.ts";
import type { LabelRows } from "./rows.ts";
import type { RankingInput, RankingSource } from "./source.ts";

/** The auxiliary objective of {@linkcode withClusters}. */
export interface AuxiliaryObjective {
  /** The clusters of the labels of each example, as `clusterRows` gives them. */
  readonly clusters: LabelRows;
  /** What the objective counts beside the labels at first, from 0; it falls with a cosine. */
  readonly share: number;
  /** Epochs after which it counts nothing. */
  readonly epochs: number;
}

/** A source of examples with very many labels, and clusters of these. */
export interface ClusteredSource extends MemorySource<RankingInput | "clusters" | "share"> {
  /** The labels of its examples, in their order. */
  readonly truth: LabelRows;
}

/**
 * A source with two arrays more for `sparseLabelRanking({ auxiliary: true })`: `clusters`, `[most]` u32, as labels are, and
 * `share`, `[1]`, what the auxiliary objective counts in a batch.
 *
 * @throws {RangeError} if there are clusters for more or fewer examples, the share is below 0, or the epochs are not above 0.
 * @example
 * ```ts
 * import { clusterRows, rankingSource, withClusters } from "@filigree/filigree/files";
 *
 * const features = {
 *   ...{ rows: 1, columns: 9, offsets: Uint32Array.of(0, 1) },
 *   ...{ indices: Uint32Array.of(4), values: Float32Array.of(1) },
 * };
 * const labels = { rows: 1, columns: 3, offsets: Uint32Array.of(0, 2), labels: Uint32Array.of(0, 2) };
 * const clusters = clusterRows(labels, Uint32Array.of(1, 0, 1), 2);
 * const source = withClusters(rankingSource({ features, labels }), { clusters, share: 0.4, epochs: 2 });
 * console.assert(source.inputs.clusters.shape[0] === 1);
 * ```
 */
export function withClusters(
  source: RankingSource,
  { clusters, share, epochs }: AuxiliaryObjective,
): ClusteredSource {
  const { examples } = source;
  if (clusters.rows !== examples || !(share >= 0 && epochs > 0)) {
    throw new RangeError(
      `Cannot add clusters of ${clusters.rows} examples to ${examples}, with a share of ${share} over ${epochs} epochs: ` +
        "expected as many examples, a share of 0 or more, and epochs above 0",
    );
  }
  const applying = labelArray(clusters);
  const one: ArraySpec = { shape: [1], type: "f32" };
  const { split: _, like: __, outside: ___, inOrder: ____, ...rest } = source;
  return {
    ...rest,
    inputs: { ...source.inputs, clusters: applying.spec, share: one },
    // A longer run has longer schedules.
    terms: { "the auxiliary objective": `${clusters.columns} ${share}` },
    *epoch(number, options) {
      const columns = columnsOf(options.batchSize);
      const batches = Math.ceil(examples / options.batchSize);
      const arrays = {
        clusters: new Uint32Array(applying.spec.shape[0] * columns),
        share: new Float32Array(columns),
      };
      let batch = options.skip ?? 0;
      const order = chosenIn(examples, number, options);
      for (const given of source.epoch(number, options)) {
        const { value: chosen } = order.next();
        applying.fill(chosen ?? [], arrays.clusters);
        const progress = Math.min((number + batch / batches) / epochs, 1);
        arrays.share.fill(share * 0.5 * (1 + Math.cos(Math.PI * progress)));
        batch++;
        yield { ...given, arrays: { ...given.arrays, ...arrays } };
      }
    },
  };
}
