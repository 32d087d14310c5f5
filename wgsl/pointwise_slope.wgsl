// The pointwise operation of POINTWISE of every element of x, and its derivative there.
// Declared in src/ops/kernels/pointwise_slope.ts. One invocation: four elements.

//! use grid
//! use pointwise
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> slope: array<vec4f>;

struct Params {
  length: u32,
  operation: u32,
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
  let operand = x[i];
  // The last vector may reach behind the end, where every element stays.
  let real = below(i, params.length);
  y[i] = select(y[i], pointwise(operand), real);
  slope[i] = select(slope[i], pointwise_gradient(vec4f(1.0), operand), real);
}
