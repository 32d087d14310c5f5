// Gradient of the losses of outputs with targets. Declared in src/ops/kernels/target_losses_gradient.ts.
// One invocation: one output.

//! use grid
//! use targets
@group(0) @binding(0) var<storage, read> outputs: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<f32>;
@group(0) @binding(2) var<storage, read> upstream: array<f32>;
@group(0) @binding(3) var<storage, read_write> doutputs: array<f32>;

struct Params {
  rows: u32,
  columns: u32,
  kind: u32,
  positiveWeight: f32,
  targetScale: f32,
  targetShift: f32,
  share: f32,
}
@group(0) @binding(4) var<uniform> params: Params;

/// The derivative of the loss of one output.
fn slope_of(x: f32, t: f32) -> f32 {
  if (params.kind == TARGET_LOSS_SQUARE) {
    return 2.0 * (x - t);
  }
  if (params.kind == TARGET_LOSS_ABSOLUTE) {
    return select(0.0, 1.0, x > t) - select(0.0, 1.0, x < t);
  }
  let u = smoothed(t);
  // The sigmoids of |x| and -|x|: neither is a small difference of large numbers.
  let small = exp(-abs(x));
  let upper = 1.0 / (1.0 + small);
  let lower = small * upper;
  let above = select(lower, upper, x > 0.0);
  let below = select(upper, lower, x > 0.0);
  return (1.0 - u) * above - params.positiveWeight * u * below;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (i >= params.rows * params.columns) {
    return;
  }
  doutputs[i] = slope_of(outputs[i], targets[i]) * (upstream[i % params.columns] * params.share);
}
