// (softmax - target) * upstream. Declared in src/ops/kernels/cross_entropy_gradient.ts.
// One invocation: the classes of a part of one column.

//! use grid
//! use parts
//! use softmax
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read> upstream: array<f32>;
@group(0) @binding(3) var<storage, read_write> dlogits: array<f32>;
@group(0) @binding(4) var<storage, read_write> scratch: array<Softmax>;

struct Params {
  classes: u32,
  columns: u32,
  labelShare: f32,
  classShare: f32,
}
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let part = i / params.columns;
  if (part >= part_count(params.classes)) {
    return;
  }
  let column = i % params.columns;
  let whole = softmax_of(column);
  let scale = upstream[column];
  // The target of the right class.
  let hit = params.labelShare + params.classShare;
  let wanted = labels[column] * params.columns + column;
  let first = part * PART;
  let end = part_end(first, params.classes) * params.columns;
  for (var at = first * params.columns + column; at < end; at += params.columns) {
    let probability = exp(logits[at] - whole.largest) / whole.sum;
    dlogits[at] = (probability - select(params.classShare, hit, at == wanted)) * scale;
  }
}
