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

/** Elements in one chunk of `square_sum`. */
export const SQUARE_CHUNK = 4096;

/** Marks "no connection" in `slot` and candidate lists. */
export const NONE = 0xffffffff;
