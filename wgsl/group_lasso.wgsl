// Group lasso: draws the values of whole slots towards 0.
// Declared in src/ops/kernels/group_lasso.ts. One invocation: one slot.

//! use grid
//! use step
@group(0) @binding(0) var<storage, read_write> values: array<f32>;
@group(0) @binding(1) var<storage, read> step: array<u32>;

struct Params {
  slots: u32,
  area: u32,
  weight: f32,
}
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let slot = invocation(group, groups, lane);
  if (slot >= params.slots) {
    return;
  }
  let first = slot * params.area;
  var sum = 0.0;
  for (var i = 0u; i < params.area; i++) {
    let w = values[first + i];
    sum += w * w;
  }
  let rate = bitcast<f32>(step[STEP_LEARNING_RATE]);
  let left = max(0.0, 1.0 - rate * params.weight / sqrt(sum + 1e-6));
  for (var i = 0u; i < params.area; i++) {
    values[first + i] *= left;
  }
}
