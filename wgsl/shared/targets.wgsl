// Losses of outputs that have numbers as targets. TARGET_LOSS mirrors src/ops/kernels/constants.ts.
const TARGET_LOSS_SQUARE: u32 = 0u;
const TARGET_LOSS_ABSOLUTE: u32 = 1u;
const TARGET_LOSS_LOGISTIC: u32 = 2u;
const TARGET_LOSS_RIGHT: u32 = 3u;
const TARGET_LOSS_EXACT: u32 = 4u;

/// The target of a logit after label smoothing.
fn smoothed(t: f32) -> f32 {
  return params.targetScale * t + params.targetShift;
}
