// SGD with momentum, optionally Nesterov's.
// Declared in src/ops/kernels/sgd_momentum.ts. One invocation: four elements.

//! use grid
//! use step
@group(0) @binding(0) var<storage, read_write> values: array<vec4f>;
@group(0) @binding(1) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> momentum: array<vec4f>;
@group(0) @binding(3) var<storage, read> clip: array<f32>;
@group(0) @binding(4) var<storage, read> step: array<u32>;

struct Params {
  length: u32,
  beta: f32,
  nesterov: u32,
  weightDecay: f32,
}
@group(0) @binding(5) var<uniform> params: Params;

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
  // The last vector may reach behind the end, where every element stays.
  let inside = below(i, params.length);
  let w = values[i];
  let before = momentum[i];
  let g = clip[0] * gradient[i] + params.weightDecay * w;
  let velocity = params.beta * before + g;
  momentum[i] = select(before, velocity, inside);
  let update = select(velocity, g + params.beta * velocity, params.nesterov != 0u);
  values[i] = select(w, w - rate * update, inside);
}
