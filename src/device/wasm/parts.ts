/**
 * The parts of a WASM build that are fetched apart, each when a program first has one of its kernels. `wasm/split.ts` takes a
 * build apart by this list. What allocates and what starts programs and threads is in none of them.
 *
 * @module
 */

/** Products, of which a linear layer consists; they do what follows them element by element. And numbers of bytes, which it reads. */
const PRODUCTS = ["gemm", "gemm_add", "gemv", "spmm", "spmv", "unpack_bytes"] as const;

/**
 * The kernels of each part by name. One that is in none is where every program fetches it; a test wants every kernel in one. One
 * may be in several: a program takes as few parts as have all that it runs.
 */
export const PARTS = {
  /** What a linear layer with an activation gives. */
  linear: PRODUCTS,
  /** The same, with what a first training takes: gradients, a loss, Adam, candidates to grow. They share most of their code. */
  training: [
    ...PRODUCTS,
    ...["adamw", "clip", "correct", "cross_entropy", "cross_entropy_gradient"],
    ...["growth_candidates", "mean", "mean_gradient", "permute", "record", "row_sum", "sddmm"],
    ...["square_sum"],
  ],
  /** What other trainings take: other updates, several batches in one, examples that weigh more than others. */
  updates: [
    ...["accumulate", "adamw_local", "sgd", "sgd_momentum", "weighted_mean"],
    ...["weighted_mean_gradient"],
  ],
  /** What goes element by element and is done by no product. */
  elements: [
    ...["add", "bias", "copy", "dropout", "fill", "pointwise", "pointwise_gradient"],
    ...["pointwise_slope", "scale_by"],
  ],
  /** Units of more than one connection, segments, masks and subsets. */
  units: [
    ...["block_sddmm", "block_spmm", "block_transpose", "group_lasso", "group_spmm_transposed"],
    ...["nm_gradient", "nm_prune", "nm_select", "subset_decay", "unpack_segments"],
  ],
  /** Convolutions and what stands between them. */
  images: [
    ...["average_pool", "average_pool_gradient", "batch_norm", "batch_norm_gradient"],
    ...["batch_norm_statistics", "batch_norm_sums", "batch_norm_track", "conv"],
    ...["conv_block_sddmm", "conv_block_spmm", "conv_block_spmm_transposed", "conv_gradient"],
    ...["conv_growth_candidates", "conv_sddmm", "conv_spmm", "conv_spmm_transposed"],
    ...["conv_transposed", "max_pool", "max_pool_gradient"],
  ],
  /** Sequences: embeddings, attention, norms, vocabularies; operations along axes. */
  sequences: [
    ...["attention", "attention_gradient", "attention_known", "attention_tiled"],
    ...["attention_tiled_gradient", "axis_broadcast", "axis_max", "axis_max_gradient"],
    ...["axis_softmax", "axis_softmax_gradient", "axis_sum", "batched_product", "copy_columns"],
    ...["embedding", "embedding_gradient", "embedding_gradient_add", "feature_norm"],
    ...["feature_norm_gradient", "gather_positions", "gather_positions_gradient", "put_position"],
    ...["rotary", "softmax_parts", "token_lists", "vocabulary_gradient", "vocabulary_losses"],
  ],
  /** Several or very many labels for an example, and targets that are numbers. */
  labels: [
    ...["bag_weights", "label_log_sums", "label_losses", "label_top", "sddmm_listed"],
    ...[
      "spmm_listed",
      "spmm_transposed_add",
      "target_losses",
      "target_losses_gradient",
      "weight_shares",
    ],
  ],
  /** No kernels, but the functions whose names begin with `draw_`: what weights begin with. */
  drawing: [],
  /** No kernels, but the functions whose names begin with `rewire_`. */
  rewiring: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** The name of a part. */
export type PartName = keyof typeof PARTS;

/** How the names of functions begin that the host calls and that are in a part. */
export const HOST_FUNCTIONS = {
  drawing: "draw_",
  rewiring: "rewire_",
} as const satisfies Partial<Record<PartName, string>>;

/** What is loaded at once: a part, or the rest of a build, which every program needs. */
export type PieceName = PartName | "rest";

/**
 * Which of the two builds: SIMD, one thread and memory of its own, which runs everywhere; or relaxed SIMD over shared memory that
 * the host brings.
 */
export type WasmBuild = "plain" | "relaxed";

/**
 * The parts that kernels are in and that are not there yet, as few as have them all.
 *
 * @param has Whether a part is there.
 */
export function missingParts(
  kernels: Iterable<string>,
  has: (part: PartName) => boolean,
): PartName[] {
  const choices = [...new Set(kernels)]
    .map((kernel) => PARTS_OF.get(kernel) ?? [])
    .filter((parts) => parts.length > 0 && !parts.some(has))
    // What is in one part alone decides first.
    .sort((a, b) => a.length - b.length);
  const missing = new Set<PartName>();
  for (const parts of choices) {
    if (!parts.some((part) => missing.has(part))) missing.add(parts[0]);
  }
  return [...missing];
}

const PARTS_OF: ReadonlyMap<string, readonly PartName[]> = kernelsByPart();

function kernelsByPart(): Map<string, PartName[]> {
  const parts = new Map<string, PartName[]>();
  for (const [part, kernels] of Object.entries(PARTS) as [PartName, readonly string[]][]) {
    for (const kernel of kernels) parts.set(kernel, [...parts.get(kernel) ?? [], part]);
  }
  return parts;
}
