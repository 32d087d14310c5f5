// sum = share * x for the first batch of an update, sum += share * x for the others.
// Declared in src/ops/kernels/accumulate.ts. One invocation: four elements.

//! use grid
//! use step
@group(0) @binding(0) var<storage, read_write> sum: array<vec4f>;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> step: array<u32>;

struct Params {
  length: u32,
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
  let held = sum[i];
  // Chosen, not multiplied by 0: what an earlier update left may not be finite.
  let begun = select(vec4f(), held, step[STEP_BEFORE] != 0u);
  let next = begun + bitcast<f32>(step[STEP_SHARE]) * x[i];
  // The last vector may reach behind the end, where every element stays.
  sum[i] = select(held, next, below(i, params.length));
}
