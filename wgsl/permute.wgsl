// Values in the order of the transposed view.
// Declared in src/ops/kernels/permute.ts. One invocation: four elements.

//! use grid
//! use products
@group(0) @binding(0) var<storage, read> slot: array<vec4u>;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;

struct Params {
  length: u32,
}
@group(0) @binding(3) var<uniform> params: Params;

/// The value at a slot, 0 where there is none.
fn value_at(at: u32) -> f32 {
  let exists = at != NONE;
  return select(0.0, values[select(0u, at, exists)], exists);
}

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
  let four = slot[i];
  var result = vec4f(value_at(four.x), value_at(four.y), value_at(four.z), value_at(four.w));
  if (4u * i + 4u > params.length) {
    result = select(out[i], result, below(i, params.length));
  }
  out[i] = result;
}
