/**
 * The step block: the few words that differ from step to step. The host writes it before a run;
 * kernels that need it bind it as `step`. Mirrored by `wgsl/shared/step.wgsl` and
 * `wasm/src/step.rs`; a test compares the three.
 *
 * @module
 */

/** Word offsets inside the step block; the type says how the word is read. */
export const STEP_WORDS = {
  /** u32: number of optimizer steps before this one. */
  step: 0,
  /** u32: examples in this batch; columns from here on are padding. */
  examples: 1,
  /** u32: where the recorder writes: position in the ring. */
  slot: 2,
  /** f32: learning rate. */
  learningRate: 4,
  /** f32: `1 - beta1^t`, t counted from 1. */
  biasCorrection1: 5,
  /** f32: `1 - beta2^t`. */
  biasCorrection2: 6,
  /** f32: share of this batch's examples in those of its update; 1 where an update has one batch. */
  share: 7,
  /** u32: examples of the update's batches before this one; 0 where an update has one batch. */
  before: 8,
  /** u32: 1 where second moments stay as they are. */
  frozen: 9,
} as const;

/** Bytes of the step block. */
export const STEP_BYTES = 64;
