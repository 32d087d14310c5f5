// dx[c] = dout weight / total for the real examples, 0 on padding. Declared in
// src/ops/kernels/weighted_mean_gradient.ts. One invocation: one element.

//! use grid
//! use step
@group(0) @binding(0) var<storage, read> dout: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read> total: array<f32>;
@group(0) @binding(4) var<storage, read> step: array<u32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;

struct Params {
  columns: u32,
  classes: u32,
}
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let column = invocation(group, groups, lane);
  if (column >= params.columns) {
    return;
  }
  let weight = weights[min(labels[column], params.classes - 1u)];
  // Where nothing weighs anything, every weight is 0.
  let share = weight / select(1.0, total[0], total[0] > 0.0);
  dx[column] = select(0.0, dout[0] * share, column < step[STEP_EXAMPLES]);
}
