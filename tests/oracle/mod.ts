/**
 * Every oracle under its kernel's name. Written by `deno task generate` from the folder.
 *
 * @module
 */
import { accumulate } from "./accumulate.ts";
import { adamw } from "./adamw.ts";
import { adamwLocal } from "./adamw_local.ts";
import { add } from "./add.ts";
import { attention } from "./attention.ts";
import { attentionGradient } from "./attention_gradient.ts";
import { attentionKnown } from "./attention_known.ts";
import { attentionTiled } from "./attention_tiled.ts";
import { attentionTiledGradient } from "./attention_tiled_gradient.ts";
import { averagePool } from "./average_pool.ts";
import { averagePoolGradient } from "./average_pool_gradient.ts";
import { axisBroadcast } from "./axis_broadcast.ts";
import { axisMax } from "./axis_max.ts";
import { axisMaxGradient } from "./axis_max_gradient.ts";
import { axisSoftmax } from "./axis_softmax.ts";
import { axisSoftmaxGradient } from "./axis_softmax_gradient.ts";
import { axisSum } from "./axis_sum.ts";
import { bagWeights } from "./bag_weights.ts";
import { batchNorm } from "./batch_norm.ts";
import { batchNormGradient } from "./batch_norm_gradient.ts";
import { batchNormStatistics } from "./batch_norm_statistics.ts";
import { batchNormSums } from "./batch_norm_sums.ts";
import { batchNormTrack } from "./batch_norm_track.ts";
import { batchedProduct } from "./batched_product.ts";
import { bias } from "./bias.ts";
import { blockSddmm } from "./block_sddmm.ts";
import { blockSpmm } from "./block_spmm.ts";
import { blockTranspose } from "./block_transpose.ts";
import { clip } from "./clip.ts";
import { conv } from "./conv.ts";
import { convBlockSddmm } from "./conv_block_sddmm.ts";
import { convBlockSpmm } from "./conv_block_spmm.ts";
import { convBlockSpmmTransposed } from "./conv_block_spmm_transposed.ts";
import { convGradient } from "./conv_gradient.ts";
import { convGrowthCandidates } from "./conv_growth_candidates.ts";
import { convSddmm } from "./conv_sddmm.ts";
import { convSpmm } from "./conv_spmm.ts";
import { convSpmmTransposed } from "./conv_spmm_transposed.ts";
import { convTransposed } from "./conv_transposed.ts";
import { copy } from "./copy.ts";
import { copyColumns } from "./copy_columns.ts";
import { correct } from "./correct.ts";
import { crossEntropy } from "./cross_entropy.ts";
import { crossEntropyGradient } from "./cross_entropy_gradient.ts";
import { dropout } from "./dropout.ts";
import { embedding } from "./embedding.ts";
import { embeddingGradient } from "./embedding_gradient.ts";
import { embeddingGradientAdd } from "./embedding_gradient_add.ts";
import { featureNorm } from "./feature_norm.ts";
import { featureNormGradient } from "./feature_norm_gradient.ts";
import { fill } from "./fill.ts";
import { gatherPositions } from "./gather_positions.ts";
import { gatherPositionsGradient } from "./gather_positions_gradient.ts";
import { gemm } from "./gemm.ts";
import { gemmAdd } from "./gemm_add.ts";
import { gemv } from "./gemv.ts";
import { groupLasso } from "./group_lasso.ts";
import { groupSpmmTransposed } from "./group_spmm_transposed.ts";
import { growthCandidates } from "./growth_candidates.ts";
import { labelLogSums } from "./label_log_sums.ts";
import { labelLosses } from "./label_losses.ts";
import { labelTop } from "./label_top.ts";
import { maxPool } from "./max_pool.ts";
import { maxPoolGradient } from "./max_pool_gradient.ts";
import { mean } from "./mean.ts";
import { meanGradient } from "./mean_gradient.ts";
import { nmGradient } from "./nm_gradient.ts";
import { nmPrune } from "./nm_prune.ts";
import { nmSelect } from "./nm_select.ts";
import { permute } from "./permute.ts";
import { pointwise } from "./pointwise.ts";
import { pointwiseGradient } from "./pointwise_gradient.ts";
import { pointwiseSlope } from "./pointwise_slope.ts";
import { putPosition } from "./put_position.ts";
import { record } from "./record.ts";
import { rotary } from "./rotary.ts";
import { rowSum } from "./row_sum.ts";
import { scaleBy } from "./scale_by.ts";
import { sddmm } from "./sddmm.ts";
import { sddmmListed } from "./sddmm_listed.ts";
import { sgd } from "./sgd.ts";
import { sgdMomentum } from "./sgd_momentum.ts";
import { softmaxParts } from "./softmax_parts.ts";
import { spmm } from "./spmm.ts";
import { spmmListed } from "./spmm_listed.ts";
import { spmmTransposedAdd } from "./spmm_transposed_add.ts";
import { spmv } from "./spmv.ts";
import { squareSum } from "./square_sum.ts";
import { subsetDecay } from "./subset_decay.ts";
import { targetLosses } from "./target_losses.ts";
import { targetLossesGradient } from "./target_losses_gradient.ts";
import { tokenLists } from "./token_lists.ts";
import { unpackBytes } from "./unpack_bytes.ts";
import { unpackSegments } from "./unpack_segments.ts";
import { vocabularyGradient } from "./vocabulary_gradient.ts";
import { vocabularyLosses } from "./vocabulary_losses.ts";
import { weightShares } from "./weight_shares.ts";
import { weightedMean } from "./weighted_mean.ts";
import { weightedMeanGradient } from "./weighted_mean_gradient.ts";
import type { Oracle } from "./types.ts";

/** The oracles by kernel name. */
export const ORACLES: Readonly<Record<string, Oracle>> = {
  accumulate,
  adamw,
  adamw_local: adamwLocal,
  add,
  attention,
  attention_gradient: attentionGradient,
  attention_known: attentionKnown,
  attention_tiled: attentionTiled,
  attention_tiled_gradient: attentionTiledGradient,
  average_pool: averagePool,
  average_pool_gradient: averagePoolGradient,
  axis_broadcast: axisBroadcast,
  axis_max: axisMax,
  axis_max_gradient: axisMaxGradient,
  axis_softmax: axisSoftmax,
  axis_softmax_gradient: axisSoftmaxGradient,
  axis_sum: axisSum,
  bag_weights: bagWeights,
  batch_norm: batchNorm,
  batch_norm_gradient: batchNormGradient,
  batch_norm_statistics: batchNormStatistics,
  batch_norm_sums: batchNormSums,
  batch_norm_track: batchNormTrack,
  batched_product: batchedProduct,
  bias,
  block_sddmm: blockSddmm,
  block_spmm: blockSpmm,
  block_transpose: blockTranspose,
  clip,
  conv,
  conv_block_sddmm: convBlockSddmm,
  conv_block_spmm: convBlockSpmm,
  conv_block_spmm_transposed: convBlockSpmmTransposed,
  conv_gradient: convGradient,
  conv_growth_candidates: convGrowthCandidates,
  conv_sddmm: convSddmm,
  conv_spmm: convSpmm,
  conv_spmm_transposed: convSpmmTransposed,
  conv_transposed: convTransposed,
  copy,
  copy_columns: copyColumns,
  correct,
  cross_entropy: crossEntropy,
  cross_entropy_gradient: crossEntropyGradient,
  dropout,
  embedding,
  embedding_gradient: embeddingGradient,
  embedding_gradient_add: embeddingGradientAdd,
  feature_norm: featureNorm,
  feature_norm_gradient: featureNormGradient,
  fill,
  gather_positions: gatherPositions,
  gather_positions_gradient: gatherPositionsGradient,
  gemm,
  gemm_add: gemmAdd,
  gemv,
  group_lasso: groupLasso,
  group_spmm_transposed: groupSpmmTransposed,
  growth_candidates: growthCandidates,
  label_log_sums: labelLogSums,
  label_losses: labelLosses,
  label_top: labelTop,
  max_pool: maxPool,
  max_pool_gradient: maxPoolGradient,
  mean,
  mean_gradient: meanGradient,
  nm_gradient: nmGradient,
  nm_prune: nmPrune,
  nm_select: nmSelect,
  permute,
  pointwise,
  pointwise_gradient: pointwiseGradient,
  pointwise_slope: pointwiseSlope,
  put_position: putPosition,
  record,
  rotary,
  row_sum: rowSum,
  scale_by: scaleBy,
  sddmm,
  sddmm_listed: sddmmListed,
  sgd,
  sgd_momentum: sgdMomentum,
  softmax_parts: softmaxParts,
  spmm,
  spmm_listed: spmmListed,
  spmm_transposed_add: spmmTransposedAdd,
  spmv,
  square_sum: squareSum,
  subset_decay: subsetDecay,
  target_losses: targetLosses,
  target_losses_gradient: targetLossesGradient,
  token_lists: tokenLists,
  unpack_bytes: unpackBytes,
  unpack_segments: unpackSegments,
  vocabulary_gradient: vocabularyGradient,
  vocabulary_losses: vocabularyLosses,
  weight_shares: weightShares,
  weighted_mean: weightedMean,
  weighted_mean_gradient: weightedMeanGradient,
};
