// values -= rate * (clip * gradient + weightDecay * values).
// Declared in src/ops/kernels/sgd.ts. One invocation: four elements.

//! use step
@group(0) @binding(0) var<storage, read_write> values: array<vec4f>;
@group(0) @binding(1) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(2) var<storage, read> clip: array<f32>;
@group(0) @binding(3) var<storage, read> step: array<u32>;

struct Params {
  length: u32,
  weightDecay: f32,
}
@group(0) @binding(4) var<uniform> params: Params;

/// The element (four at a time) of this invocation, over a two-dimensional grid.
fn element(group: vec3u, groups: vec3u, lane: u32) -> u32 {
  return (group.y * groups.x + group.x) * 64u + lane;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = element(group, groups, lane);
  if (4u * i >= params.length) {
    return;
  }
  let rate = bitcast<f32>(step[STEP_LEARNING_RATE]);
  let w = values[i];
  values[i] = w - rate * (clip[0] * gradient[i] + params.weightDecay * w);
}
