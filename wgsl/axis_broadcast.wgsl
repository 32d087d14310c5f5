// The same along an axis, times a factor.
// Declared in src/ops/kernels/axis_broadcast.ts. One invocation: one element.

//! use grid
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

struct Params {
  outer: u32,
  length: u32,
  inner: u32,
  scale: f32,
}
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (i >= params.outer * params.length * params.inner) {
    return;
  }
  let outer = i / params.inner / params.length;
  y[i] = params.scale * x[outer * params.inner + i % params.inner];
}
