/**
 * What the configuration of a pre-training has by default, in the place of what trainings have.
 *
 * @module
 */

/** Defaults by key, after Dietrich et al. (2022). */
export const OF_PRETRAINING: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["run.name", "pretrain"],
  ["data.name", "prose"],
  ["model.name", "bert"],
  ["pattern.name", "block-16"],
  ["pattern.sparsity", 0.9],
  ["method.name", "dynsparse"],
  ["optimizer.schedule", "linear"],
  ["optimizer.weightDecay", 0.01],
  ["optimizer.clipNorm", 1],
  ["train.batch", 32],
  ["train.epochs", 1],
]);
