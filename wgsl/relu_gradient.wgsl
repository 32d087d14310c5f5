// dx = dy where y > 0, else 0.
// Declared in src/ops/kernels/relu_gradient.ts. One invocation: four elements.

//! use grid
@group(0) @binding(0) var<storage, read> y: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4f>;

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
  var result = select(vec4f(), dy[i], y[i] > vec4f());
  if (4u * i + 4u > params.length) {
    result = select(dx[i], result, below(i, params.length));
  }
  dx[i] = result;
}
