/**
 * The WGSL of kernels, loaded with the WebGPU backend. Written by `deno task generate` from the folder.
 *
 * @module
 */
import accumulate from "../../../wgsl/accumulate.wgsl" with { type: "text" };
import adamw from "../../../wgsl/adamw.wgsl" with { type: "text" };
import add from "../../../wgsl/add.wgsl" with { type: "text" };
import averagePool from "../../../wgsl/average_pool.wgsl" with { type: "text" };
import averagePoolGradient from "../../../wgsl/average_pool_gradient.wgsl" with { type: "text" };
import axisBroadcast from "../../../wgsl/axis_broadcast.wgsl" with { type: "text" };
import axisMax from "../../../wgsl/axis_max.wgsl" with { type: "text" };
import axisMaxGradient from "../../../wgsl/axis_max_gradient.wgsl" with { type: "text" };
import axisSum from "../../../wgsl/axis_sum.wgsl" with { type: "text" };
import bagWeights from "../../../wgsl/bag_weights.wgsl" with { type: "text" };
import batchNorm from "../../../wgsl/batch_norm.wgsl" with { type: "text" };
import batchNormGradient from "../../../wgsl/batch_norm_gradient.wgsl" with { type: "text" };
import batchNormStatistics from "../../../wgsl/batch_norm_statistics.wgsl" with { type: "text" };
import batchNormSums from "../../../wgsl/batch_norm_sums.wgsl" with { type: "text" };
import batchNormTrack from "../../../wgsl/batch_norm_track.wgsl" with { type: "text" };
import batchedProduct from "../../../wgsl/batched_product.wgsl" with { type: "text" };
import bias from "../../../wgsl/bias.wgsl" with { type: "text" };
import blockSddmm from "../../../wgsl/block_sddmm.wgsl" with { type: "text" };
import blockSpmm from "../../../wgsl/block_spmm.wgsl" with { type: "text" };
import blockTranspose from "../../../wgsl/block_transpose.wgsl" with { type: "text" };
import clip from "../../../wgsl/clip.wgsl" with { type: "text" };
import conv from "../../../wgsl/conv.wgsl" with { type: "text" };
import convGradient from "../../../wgsl/conv_gradient.wgsl" with { type: "text" };
import convGrowthCandidates from "../../../wgsl/conv_growth_candidates.wgsl" with { type: "text" };
import convSddmm from "../../../wgsl/conv_sddmm.wgsl" with { type: "text" };
import convSpmm from "../../../wgsl/conv_spmm.wgsl" with { type: "text" };
import convSpmmTransposed from "../../../wgsl/conv_spmm_transposed.wgsl" with { type: "text" };
import convTransposed from "../../../wgsl/conv_transposed.wgsl" with { type: "text" };
import copy from "../../../wgsl/copy.wgsl" with { type: "text" };
import correct from "../../../wgsl/correct.wgsl" with { type: "text" };
import crossEntropy from "../../../wgsl/cross_entropy.wgsl" with { type: "text" };
import crossEntropyGradient from "../../../wgsl/cross_entropy_gradient.wgsl" with { type: "text" };
import embedding from "../../../wgsl/embedding.wgsl" with { type: "text" };
import embeddingGradient from "../../../wgsl/embedding_gradient.wgsl" with { type: "text" };
import fill from "../../../wgsl/fill.wgsl" with { type: "text" };
import gemm from "../../../wgsl/gemm.wgsl" with { type: "text" };
import gemv from "../../../wgsl/gemv.wgsl" with { type: "text" };
import groupSpmmTransposed from "../../../wgsl/group_spmm_transposed.wgsl" with { type: "text" };
import growthCandidates from "../../../wgsl/growth_candidates.wgsl" with { type: "text" };
import maxPool from "../../../wgsl/max_pool.wgsl" with { type: "text" };
import maxPoolGradient from "../../../wgsl/max_pool_gradient.wgsl" with { type: "text" };
import mean from "../../../wgsl/mean.wgsl" with { type: "text" };
import meanGradient from "../../../wgsl/mean_gradient.wgsl" with { type: "text" };
import permute from "../../../wgsl/permute.wgsl" with { type: "text" };
import pointwise from "../../../wgsl/pointwise.wgsl" with { type: "text" };
import pointwiseGradient from "../../../wgsl/pointwise_gradient.wgsl" with { type: "text" };
import record from "../../../wgsl/record.wgsl" with { type: "text" };
import rowSum from "../../../wgsl/row_sum.wgsl" with { type: "text" };
import sddmm from "../../../wgsl/sddmm.wgsl" with { type: "text" };
import sddmmSubgroups from "../../../wgsl/sddmm_subgroups.wgsl" with { type: "text" };
import sgd from "../../../wgsl/sgd.wgsl" with { type: "text" };
import sgdMomentum from "../../../wgsl/sgd_momentum.wgsl" with { type: "text" };
import spmm from "../../../wgsl/spmm.wgsl" with { type: "text" };
import spmv from "../../../wgsl/spmv.wgsl" with { type: "text" };
import squareSum from "../../../wgsl/square_sum.wgsl" with { type: "text" };
import targetLosses from "../../../wgsl/target_losses.wgsl" with { type: "text" };
import targetLossesGradient from "../../../wgsl/target_losses_gradient.wgsl" with { type: "text" };
import tokenLists from "../../../wgsl/token_lists.wgsl" with { type: "text" };
import unpackSegments from "../../../wgsl/unpack_segments.wgsl" with { type: "text" };
import weightedMean from "../../../wgsl/weighted_mean.wgsl" with { type: "text" };
import weightedMeanGradient from "../../../wgsl/weighted_mean_gradient.wgsl" with { type: "text" };

/** Text of every `wgsl/NAME.wgsl` by name. */
export const TEXTS: Readonly<Record<string, string>> = {
  accumulate,
  adamw,
  add,
  average_pool: averagePool,
  average_pool_gradient: averagePoolGradient,
  axis_broadcast: axisBroadcast,
  axis_max: axisMax,
  axis_max_gradient: axisMaxGradient,
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
  conv_gradient: convGradient,
  conv_growth_candidates: convGrowthCandidates,
  conv_sddmm: convSddmm,
  conv_spmm: convSpmm,
  conv_spmm_transposed: convSpmmTransposed,
  conv_transposed: convTransposed,
  copy,
  correct,
  cross_entropy: crossEntropy,
  cross_entropy_gradient: crossEntropyGradient,
  embedding,
  embedding_gradient: embeddingGradient,
  fill,
  gemm,
  gemv,
  group_spmm_transposed: groupSpmmTransposed,
  growth_candidates: growthCandidates,
  max_pool: maxPool,
  max_pool_gradient: maxPoolGradient,
  mean,
  mean_gradient: meanGradient,
  permute,
  pointwise,
  pointwise_gradient: pointwiseGradient,
  record,
  row_sum: rowSum,
  sddmm,
  sddmm_subgroups: sddmmSubgroups,
  sgd,
  sgd_momentum: sgdMomentum,
  spmm,
  spmv,
  square_sum: squareSum,
  target_losses: targetLosses,
  target_losses_gradient: targetLossesGradient,
  token_lists: tokenLists,
  unpack_segments: unpackSegments,
  weighted_mean: weightedMean,
  weighted_mean_gradient: weightedMeanGradient,
};
