// Softmax cross-entropy of every column.
// Declared in src/ops/kernels/cross_entropy.ts. One invocation: one column.

//! use grid
//! use softmax
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read_write> losses: array<f32>;

struct Params {
  classes: u32,
  columns: u32,
  smoothing: f32,
}
@group(0) @binding(3) var<uniform> params: Params;

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
  let parts = softmax_parts(column);
  let shifted = logits[labels[column] * params.columns + column] - parts.x;
  var spread = 0.0;
  if (params.smoothing != 0.0) {
    for (var i = column; i < params.classes * params.columns; i += params.columns) {
      spread += logits[i] - parts.x;
    }
  }
  let mean = spread / f32(params.classes);
  losses[column] = log(parts.y) - (1.0 - params.smoothing) * shifted - params.smoothing * mean;
}
