// 1 where the largest logit (the lowest class among equals) is the target, else 0.
// Declared in src/ops/kernels/correct.ts. One invocation: one column.

//! use grid
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

struct Params {
  classes: u32,
  columns: u32,
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
  var best = 0u;
  var largest = logits[column];
  for (var candidate = 1u; candidate < params.classes; candidate++) {
    let logit = logits[candidate * params.columns + column];
    if (logit > largest) {
      largest = logit;
      best = candidate;
    }
  }
  out[column] = select(0.0, 1.0, best == labels[column]);
}
