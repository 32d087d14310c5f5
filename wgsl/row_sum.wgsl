// Sum of every row. Declared in src/ops/kernels/row_sum.ts. One invocation: one row.

//! use grid
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

struct Params {
  rows: u32,
  columns: u32,
}
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = invocation(group, groups, lane);
  if (row >= params.rows) {
    return;
  }
  let length = params.columns / 4u;
  var even = vec4f();
  var odd = vec4f();
  // Columns come in multiples of 32, so of eight vectors.
  for (var i = row * length; i < (row + 1u) * length; i += 8u) {
    even += (x[i] + x[i + 1u]) + (x[i + 2u] + x[i + 3u]);
    odd += (x[i + 4u] + x[i + 5u]) + (x[i + 6u] + x[i + 7u]);
  }
  let sum = even + odd;
  out[row] = (sum.x + sum.y) + (sum.z + sum.w);
}
