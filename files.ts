/**
 * Data out of files: tables, arrays, pictures and texts become data sets and sources to train with.
 *
 * @example
 * ```ts
 * import { loadData } from "@filigree/filigree/files";
 *
 * const file = await Deno.makeTempFile({ suffix: ".csv" });
 * await Deno.writeTextFile(file, "width,height,kind\n1,2,a\n3,4,b\n5,6,a\n7,8,b\n");
 * const { train } = await loadData(file);
 * console.assert(train.examples === 4 && train.inputs === 2);
 * await Deno.remove(file);
 * ```
 *
 * @module
 */
export { type CifarOptions, loadCifarFolder } from "./src/data/cifar.ts";
export type { TableOptions, TargetTask } from "./src/data/columns.ts";
export { DataFormatError, type TextPlace } from "./src/data/errors.ts";
export { readExamples } from "./src/data/examples.ts";
export { type DataOptions, loadData, type Normalize } from "./src/data/folder.ts";
export { type IdxArray, idxDataset, type IdxPart, loadIdxFolder, readIdx } from "./src/data/idx.ts";
export { type LabelArray, labelArray } from "./src/data/labels/batches.ts";
export {
  isOfRanking,
  type RankingInput,
  type RankingParts,
  type RankingPreparation,
  type RankingSource,
  rankingSource,
  type RankingSplit,
} from "./src/data/labels/source.ts";
export {
  type AuxiliaryObjective,
  type ClusteredSource,
  withClusters,
} from "./src/data/labels/auxiliary.ts";
export type { BinScores, BinScoresAt } from "./src/data/labels/bins.ts";
export { type CentroidOptions, labelCentroids } from "./src/data/labels/centroids.ts";
export {
  clusterLabels,
  type ClusterOptions,
  clusterRows,
  groupLabels,
  type GroupOptions,
} from "./src/data/labels/clusters.ts";
export { labelOrder, type LabelOrderOptions, labelsInOrder } from "./src/data/labels/order.ts";
export { type FilterShape, readFilter } from "./src/data/labels/filter.ts";
export {
  type InversePropensities,
  inversePropensities,
  PROPENSITIES,
  type PropensityModel,
} from "./src/data/labels/propensity.ts";
export {
  type LabelledTextRows,
  readJsonExamples,
  readJsonTexts,
} from "./src/data/labels/json_lines.ts";
export { withLabelRows } from "./src/data/labels/label_rows.ts";
export { type LabelTableOptions, readLabelTable } from "./src/data/labels/label_table.ts";
export type { Layout, LayoutOptions } from "./src/data/labels/layouts.ts";
export { readLabelledLines, readNamedLabels, readTextLines } from "./src/data/labels/named.ts";
export type { Named, NamedFiles } from "./src/data/labels/names.ts";
export {
  addVotes,
  type AddVotesOptions,
  type LabelVotes,
  NearestRows,
  type ScoredLabels,
} from "./src/data/labels/neighbours.ts";
export type { ManyLabelPart, ManyLabelSet } from "./src/data/labels/parts.ts";
export { type ManyLabelOptions, readManyLabels } from "./src/data/labels/set.ts";
export { type ManyLabelSplit, splitManyLabels } from "./src/data/labels/split.ts";
export {
  type SyntheticOptions,
  type SyntheticRows,
  syntheticRows,
} from "./src/data/labels/synthetic.ts";
export { type TextRowParts, TextRows } from "./src/data/labels/texts.ts";
export {
  type TextCut,
  type TfidfOptions,
  type TfidfPreparation,
  tfidfPreparationOf,
  TfidfReader,
} from "./src/data/labels/tfidf.ts";
export {
  NO_LABEL,
  rankingFigures,
  RankingMetrics,
  type RankingOptions,
  type RankingScores,
  type ScoresAt,
} from "./src/data/labels/ranking.ts";
export {
  countRows,
  type FeatureRows,
  labelCounts,
  type LabelRows,
  type RowCounts,
  type TokenRows,
} from "./src/data/labels/rows.ts";
export {
  type LabelledRows,
  readFeatureText,
  readLabelText,
  readSparseText,
  type SparseTextOptions,
} from "./src/data/labels/sparse_text.ts";
export { writeFeatureText, writeLabelText, writeSparseText } from "./src/data/labels/write.ts";
export {
  type ByteReader,
  bytesSource,
  type DataPlace,
  type DataSource,
  type FilesInMemory,
  fileSource,
} from "./src/data/files.ts";
export { streamFolder, type StreamOptions } from "./src/data/stream_source.ts";
export {
  isOfText,
  type LabelledTexts,
  type TextOptions,
  type TextPreparation,
  textPreparationOf,
  textQuestions,
  textSource,
  wordsOf,
} from "./src/data/text.ts";
export { readWordVectors, type WordVectors } from "./src/data/word_vectors.ts";
