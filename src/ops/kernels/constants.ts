/**
 * Numbers that kernels and their callers share; mirrored in `wgsl/shared/` and `wasm/src/`, compared by a test.
 *
 * @module
 */

/** What a product does with its result before it is stored. */
export const EPILOGUE = {
  /** Nothing. */
  none: 0,
  /** Adds `extra[row]`. */
  bias: 1,
  /** Adds `extra[row]`, then takes max(., 0). */
  biasRelu: 2,
  /** Keeps the result where `extra[row, column] > 0`, else 0: the derivative of a relu. */
  gate: 3,
} as const;

/** How the connections of a unit (a group slot, a block) make one score. */
export const NORM = {
  /** Mean magnitude, over the connections that lie inside the matrix. */
  mean: 0,
  /** Largest magnitude. */
  max: 1,
  /** Sum of the magnitudes. */
  l1: 2,
  /** Root of the sum of the squares. */
  l2: 3,
} as const;

/** What `target_losses` makes of outputs and their targets. */
export const TARGET_LOSS = {
  /** Mean of the squares of the differences. */
  square: 0,
  /** Mean of the magnitudes of the differences. */
  absolute: 1,
  /** Mean of the binary cross-entropies of logits. */
  logistic: 2,
  /** Share of the outputs that are on the side of 0 that their target says. */
  right: 3,
  /** 1 where all outputs are. */
  exact: 4,
} as const;

/** Elements in one chunk of `square_sum`. */
export const SQUARE_CHUNK = 4096;

/** Marks "no connection" in `slot` and candidate lists. */
export const NONE = 0xffffffff;
