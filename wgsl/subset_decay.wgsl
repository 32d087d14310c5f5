// Decay of values of which a part is chosen.
// Declared in src/ops/kernels/subset_decay.ts. One invocation: four elements.

//! use grid
//! use products
//! use step
@group(0) @binding(0) var<storage, read_write> values: array<vec4f>;
@group(0) @binding(1) var<storage, read> places: array<vec4u>;
@group(0) @binding(2) var<storage, read> step: array<u32>;

struct Params {
  length: u32,
  inside: f32,
  outside: f32,
}
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (4u * i >= params.length) {
    return;
  }
  let rate = bitcast<f32>(step[STEP_LEARNING_RATE]);
  let chosen = places[i] != vec4u(NONE);
  let share = select(vec4f(params.outside), vec4f(params.inside), chosen);
  let w = values[i];
  values[i] = select(w, w - rate * (share * w), below(i, params.length));
}
