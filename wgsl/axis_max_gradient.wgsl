// Gradient of the largest along an axis.
// Declared in src/ops/kernels/axis_max_gradient.ts. One invocation: one element.

//! use grid
@group(0) @binding(0) var<storage, read> place: array<u32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

struct Params {
  outer: u32,
  length: u32,
  inner: u32,
}
@group(0) @binding(3) var<uniform> params: Params;

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
  let at = i / params.inner / params.length * params.inner + i % params.inner;
  dx[i] = select(0.0, dy[at], place[at] == i / params.inner % params.length);
}
