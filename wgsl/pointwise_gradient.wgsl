// The gradient before the pointwise operation of POINTWISE, from dy behind it.
// Declared in src/ops/kernels/pointwise_gradient.ts. One invocation: four elements.

//! use grid
//! use pointwise
@group(0) @binding(0) var<storage, read> operand: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4f>;

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
  var result = pointwise_gradient(dy[i], operand[i]);
  if (4u * i + 4u > params.length) {
    result = select(dx[i], result, below(i, params.length));
  }
  dx[i] = result;
}
