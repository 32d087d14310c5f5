// y = factor x.
// Declared in src/ops/kernels/scale_by.ts. One invocation: four elements.

//! use grid
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> factor: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

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
  let i = 4u * invocation(group, groups, lane);
  //! repeat j 0 4
  if (i + ${j}u < params.length) {
    y[i + ${j}u] = factor[0] * x[i + ${j}u];
  }
  //! end
}
