// y = x + bias of the row.
// Declared in src/ops/kernels/bias.ts. One invocation: four elements.

//! use grid
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

struct Params {
  rows: u32,
  columns: u32,
}
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (4u * i >= params.rows * params.columns) {
    return;
  }
  y[i] = x[i] + bias[4u * i / params.columns];
}
