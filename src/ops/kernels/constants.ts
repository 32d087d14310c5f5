/**
 * Numbers that kernels and their callers share; mirrored in `wgsl/shared/` and `wasm/src/`, compared by a test.
 *
 * @module
 */

/** What a product does with its result before it is stored: see `epilogue.ts`. */
export const EPILOGUE = {
  /** Nothing but an operation, if there is one. */
  none: 0,
  /** Adds `extra[row]` first. */
  bias: 1,
  /** Takes the gradient before an operation, whose derivative is computed of `extra[row, column]`. */
  gate: 2,
} as const;

/** A number above every form of an epilogue: the rest of an epilogue is the number of an operation. */
export const EPILOGUE_FORMS = 4;

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

/** What `label_losses` makes of a logit and whether its label applies. */
export const LABEL_LOSS = {
  /** Square of what a logit lacks from a margin of 1. */
  hinge: 0,
  /** Binary cross-entropy of the logit. */
  logistic: 1,
  /** Cross-entropy of a softmax over all labels, whose targets are equal shares of those that apply. */
  softmax: 2,
} as const;

/** Elements in one chunk of `square_sum`. */
export const SQUARE_CHUNK = 4096;

/** Marks "no connection" in `slot` and candidate lists. */
export const NONE = 0xffffffff;

/** Words of what says the mask of an N:M weight: see `nm_select`. */
export const MASK = {
  /** u32: members of a segment that are in the mask. */
  n: 0,
  /** u32: members of a segment. */
  m: 1,
  /** f32: what weights outside of the mask are multiplied by. */
  beta: 2,
  /** f32: sum of the magnitudes of a segment above which all of it is in the mask. */
  limit: 3,
  /** f32: share of the weights outside of the mask that is added to their gradient. */
  decay: 4,
  /** u32: 1 where everything that is not 0 is in the mask. */
  mode: 5,
} as const;

/** Words of what says the mask of an N:M weight. */
export const MASK_WORDS = 8;
