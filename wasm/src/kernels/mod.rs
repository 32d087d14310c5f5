//! Every kernel, by name. `KERNELS` is the only list: TypeScript asks for the names at start.
//! Written by `deno task generate` from the folder.

use crate::args::Kernel;

pub mod accumulate;
pub mod adamw;
pub mod adamw_local;
pub mod add;
pub mod attention;
pub mod attention_gradient;
pub mod attention_heads;
pub mod attention_known;
pub mod attention_panels;
pub mod attention_slopes;
pub mod attention_softmax;
pub mod attention_tiled;
pub mod attention_tiled_gradient;
pub mod average_pool;
pub mod average_pool_gradient;
pub mod axis;
pub mod axis_broadcast;
pub mod axis_max;
pub mod axis_max_gradient;
pub mod axis_softmax;
pub mod axis_softmax_gradient;
pub mod axis_sum;
pub mod bag_weights;
pub mod batch_norm;
pub mod batch_norm_gradient;
pub mod batch_norm_rows;
pub mod batch_norm_statistics;
pub mod batch_norm_sums;
pub mod batch_norm_track;
pub mod batched_product;
pub mod bias;
pub mod block_sddmm;
pub mod block_spmm;
pub mod block_transpose;
pub mod candidates;
pub mod clip;
pub mod conv;
pub mod conv_block_sddmm;
pub mod conv_block_spmm;
pub mod conv_block_spmm_transposed;
pub mod conv_gradient;
pub mod conv_growth_candidates;
pub mod conv_sddmm;
pub mod conv_spmm;
pub mod conv_spmm_transposed;
pub mod conv_transposed;
pub mod copy;
pub mod copy_columns;
pub mod correct;
pub mod cross_entropy;
pub mod cross_entropy_gradient;
pub mod dropout;
pub mod dropping;
pub mod elementwise;
pub mod embedding;
pub mod embedding_gradient;
pub mod embedding_gradient_add;
pub mod epilogue;
pub mod feature_norm;
pub mod feature_norm_gradient;
pub mod fill;
pub mod gather_positions;
pub mod gather_positions_gradient;
pub mod gemm;
pub mod gemm_add;
pub mod gemv;
pub mod group_lasso;
pub mod group_spmm_transposed;
pub mod growth_candidates;
pub mod label_log_sums;
pub mod label_losses;
pub mod label_top;
pub mod lists;
pub mod logit_losses;
pub mod max_pool;
pub mod max_pool_gradient;
pub mod mean;
pub mod mean_gradient;
pub mod nm_gradient;
pub mod nm_prune;
pub mod nm_ranks;
pub mod nm_select;
pub mod nm_words;
pub mod pack;
pub mod panel;
pub mod permute;
pub mod pointwise;
pub mod pointwise_gradient;
pub mod pointwise_operations;
pub mod pointwise_slope;
pub mod pooling;
pub mod put_position;
pub mod record;
pub mod rotary;
pub mod row_sum;
pub mod scale_by;
pub mod sddmm;
pub mod sddmm_listed;
pub mod sgd;
pub mod sgd_momentum;
pub mod softmax;
pub mod softmax_parts;
pub mod spmm;
pub mod spmm_listed;
pub mod spmm_transposed_add;
pub mod spmv;
pub mod square_sum;
pub mod subset_decay;
pub mod target_losses;
pub mod target_losses_gradient;
pub mod targets;
pub mod terms;
#[cfg(test)]
mod testing;
pub mod token_lists;
pub mod units;
pub mod unpack_bytes;
pub mod unpack_segments;
pub mod vocabulary_gradient;
pub mod vocabulary_losses;
pub mod weight_shares;
pub mod weighted_mean;
pub mod weighted_mean_gradient;
pub mod window;

/// Name and function of every kernel; the position is the kernel's number.
pub static KERNELS: &[(&str, Kernel)] = &[
    ("accumulate", accumulate::accumulate),
    ("adamw", adamw::adamw),
    ("adamw_local", adamw_local::adamw_local),
    ("add", add::add),
    ("attention", attention::attention),
    ("attention_gradient", attention_gradient::attention_gradient),
    ("attention_known", attention_known::attention_known),
    ("attention_tiled", attention_tiled::attention_tiled),
    ("attention_tiled_gradient", attention_tiled_gradient::attention_tiled_gradient),
    ("average_pool", average_pool::average_pool),
    ("average_pool_gradient", average_pool_gradient::average_pool_gradient),
    ("axis_broadcast", axis_broadcast::axis_broadcast),
    ("axis_max", axis_max::axis_max),
    ("axis_max_gradient", axis_max_gradient::axis_max_gradient),
    ("axis_softmax", axis_softmax::axis_softmax),
    ("axis_softmax_gradient", axis_softmax_gradient::axis_softmax_gradient),
    ("axis_sum", axis_sum::axis_sum),
    ("bag_weights", bag_weights::bag_weights),
    ("batch_norm", batch_norm::batch_norm),
    ("batch_norm_gradient", batch_norm_gradient::batch_norm_gradient),
    ("batch_norm_statistics", batch_norm_statistics::batch_norm_statistics),
    ("batch_norm_sums", batch_norm_sums::batch_norm_sums),
    ("batch_norm_track", batch_norm_track::batch_norm_track),
    ("batched_product", batched_product::batched_product),
    ("bias", bias::bias),
    ("block_sddmm", block_sddmm::block_sddmm),
    ("block_spmm", block_spmm::block_spmm),
    ("block_transpose", block_transpose::block_transpose),
    ("clip", clip::clip),
    ("conv", conv::conv),
    ("conv_block_sddmm", conv_block_sddmm::conv_block_sddmm),
    ("conv_block_spmm", conv_block_spmm::conv_block_spmm),
    ("conv_block_spmm_transposed", conv_block_spmm_transposed::conv_block_spmm_transposed),
    ("conv_gradient", conv_gradient::conv_gradient),
    ("conv_growth_candidates", conv_growth_candidates::conv_growth_candidates),
    ("conv_sddmm", conv_sddmm::conv_sddmm),
    ("conv_spmm", conv_spmm::conv_spmm),
    ("conv_spmm_transposed", conv_spmm_transposed::conv_spmm_transposed),
    ("conv_transposed", conv_transposed::conv_transposed),
    ("copy", copy::copy),
    ("copy_columns", copy_columns::copy_columns),
    ("correct", correct::correct),
    ("cross_entropy", cross_entropy::cross_entropy),
    ("cross_entropy_gradient", cross_entropy_gradient::cross_entropy_gradient),
    ("dropout", dropout::dropout),
    ("embedding", embedding::embedding),
    ("embedding_gradient", embedding_gradient::embedding_gradient),
    ("embedding_gradient_add", embedding_gradient_add::embedding_gradient_add),
    ("feature_norm", feature_norm::feature_norm),
    ("feature_norm_gradient", feature_norm_gradient::feature_norm_gradient),
    ("fill", fill::fill),
    ("gather_positions", gather_positions::gather_positions),
    ("gather_positions_gradient", gather_positions_gradient::gather_positions_gradient),
    ("gemm", gemm::gemm),
    ("gemm_add", gemm_add::gemm_add),
    ("gemv", gemv::gemv),
    ("group_lasso", group_lasso::group_lasso),
    ("group_spmm_transposed", group_spmm_transposed::group_spmm_transposed),
    ("growth_candidates", growth_candidates::growth_candidates),
    ("label_log_sums", label_log_sums::label_log_sums),
    ("label_losses", label_losses::label_losses),
    ("label_top", label_top::label_top),
    ("max_pool", max_pool::max_pool),
    ("max_pool_gradient", max_pool_gradient::max_pool_gradient),
    ("mean", mean::mean),
    ("mean_gradient", mean_gradient::mean_gradient),
    ("nm_gradient", nm_gradient::nm_gradient),
    ("nm_prune", nm_prune::nm_prune),
    ("nm_select", nm_select::nm_select),
    ("permute", permute::permute),
    ("pointwise", pointwise::pointwise),
    ("pointwise_gradient", pointwise_gradient::pointwise_gradient),
    ("pointwise_slope", pointwise_slope::pointwise_slope),
    ("put_position", put_position::put_position),
    ("record", record::record),
    ("rotary", rotary::rotary),
    ("row_sum", row_sum::row_sum),
    ("scale_by", scale_by::scale_by),
    ("sddmm", sddmm::sddmm),
    ("sddmm_listed", sddmm_listed::sddmm_listed),
    ("sgd", sgd::sgd),
    ("sgd_momentum", sgd_momentum::sgd_momentum),
    ("softmax_parts", softmax_parts::softmax_parts),
    ("spmm", spmm::spmm),
    ("spmm_listed", spmm_listed::spmm_listed),
    ("spmm_transposed_add", spmm_transposed_add::spmm_transposed_add),
    ("spmv", spmv::spmv),
    ("square_sum", square_sum::square_sum),
    ("subset_decay", subset_decay::subset_decay),
    ("target_losses", target_losses::target_losses),
    ("target_losses_gradient", target_losses_gradient::target_losses_gradient),
    ("token_lists", token_lists::token_lists),
    ("unpack_bytes", unpack_bytes::unpack_bytes),
    ("unpack_segments", unpack_segments::unpack_segments),
    ("vocabulary_gradient", vocabulary_gradient::vocabulary_gradient),
    ("vocabulary_losses", vocabulary_losses::vocabulary_losses),
    ("weight_shares", weight_shares::weight_shares),
    ("weighted_mean", weighted_mean::weighted_mean),
    ("weighted_mean_gradient", weighted_mean_gradient::weighted_mean_gradient),
];
