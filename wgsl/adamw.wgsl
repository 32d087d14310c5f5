// AdamW, its two moments updated in the same pass.
// Declared in src/ops/kernels/adamw.ts. One invocation: four elements.

//! use grid
//! use step
@group(0) @binding(0) var<storage, read_write> values: array<vec4f>;
@group(0) @binding(1) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> v: array<vec4f>;
@group(0) @binding(4) var<storage, read> clip: array<f32>;
@group(0) @binding(5) var<storage, read> step: array<u32>;

struct Params {
  length: u32,
  beta1: f32,
  beta2: f32,
  rest1: f32,
  rest2: f32,
  epsilon: f32,
  weightDecay: f32,
  flush: f32,
}
@group(0) @binding(6) var<uniform> params: Params;

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
  let correction1 = bitcast<f32>(step[STEP_BIAS_CORRECTION1]);
  let correction2 = bitcast<f32>(step[STEP_BIAS_CORRECTION2]);
  // The last vector may reach behind the end, where every element stays.
  let inside = below(i, params.length);
  let g = clip[0] * gradient[i];
  let oldM = m[i];
  let oldV = v[i];
  let mean = params.beta1 * oldM + params.rest1 * g;
  let tiny = abs(mean) <= vec4f(params.flush);
  let first = select(mean, vec4f(), tiny & vec4<bool>(params.flush > 0.0));
  let frozen = step[STEP_FROZEN] == 1u;
  let beta2 = select(params.beta2, 1.0, frozen);
  let rest2 = select(params.rest2, 0.0, frozen);
  let second = beta2 * oldV + rest2 * g * g;
  m[i] = select(oldM, first, inside);
  v[i] = select(oldV, second, inside);
  let w = values[i];
  let direction = (first / correction1) / (sqrt(second / correction2) + params.epsilon);
  values[i] = select(w, w - rate * (params.weightDecay * w + direction), inside);
}
