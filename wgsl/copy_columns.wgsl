// A run of columns, from one place to another.
// Declared in src/ops/kernels/copy_columns.ts. One invocation: one element.

//! use grid
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

struct Params {
  rows: u32,
  count: u32,
  columns: u32,
  begin: u32,
  intoColumns: u32,
  to: u32,
}
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let row = i / params.count;
  if (row >= params.rows) {
    return;
  }
  let column = i % params.count;
  y[row * params.intoColumns + params.to + column] = x[row * params.columns + params.begin + column];
}
