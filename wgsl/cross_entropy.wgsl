// Softmax cross-entropy of every column.
// Declared in src/ops/kernels/cross_entropy.ts. One invocation: one column.

//! use grid
//! use parts
//! use softmax
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read_write> losses: array<f32>;
@group(0) @binding(3) var<storage, read_write> scratch: array<Softmax>;

struct Params {
  classes: u32,
  columns: u32,
  labelShare: f32,
  classShare: f32,
}
@group(0) @binding(4) var<uniform> params: Params;

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
  let whole = softmax_of(column);
  let shifted = logits[labels[column] * params.columns + column] - whole.largest;
  losses[column] = log(whole.sum) - params.labelShare * shifted - params.classShare * whole.below;
}
