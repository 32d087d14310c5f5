// (softmax - one-hot) * upstream.
// Declared in src/ops/kernels/cross_entropy_gradient.ts. One invocation: one column.

//! use grid
//! use softmax
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read> upstream: array<f32>;
@group(0) @binding(3) var<storage, read_write> dlogits: array<f32>;

struct Params {
  classes: u32,
  columns: u32,
  smoothing: f32,
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
  let parts = softmax_parts(column);
  let scale = upstream[column];
  // The target's share of a class, and of the right one.
  let everywhere = params.smoothing / f32(params.classes);
  let hit = 1.0 - params.smoothing + everywhere;
  let wanted = labels[column] * params.columns + column;
  for (var i = column; i < params.classes * params.columns; i += params.columns) {
    let probability = exp(logits[i] - parts.x) / parts.y;
    dlogits[i] = (probability - select(everywhere, hit, i == wanted)) * scale;
  }
}
