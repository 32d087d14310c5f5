// Sum of every row. Declared in src/ops/kernels/row_sum.ts. A long row is cut into parts, whose
// sums lie in scratch memory:
//   parts  one invocation: a part of one row;
//   main   one invocation: one row, of one part or of those.

//! use grid
//! use parts

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read_write> scratch: array<f32>;

struct Params {
  rows: u32,
  columns: u32,
}
@group(0) @binding(3) var<uniform> params: Params;

/// The sum of a part of a row.
fn part_sum(row: u32, part: u32) -> f32 {
  let line = row * (params.columns / 4u);
  let first = part * PART;
  let end = line + part_end(first, params.columns) / 4u;
  var even = vec4f();
  var odd = vec4f();
  // Columns come in multiples of 32, so of eight vectors.
  for (var i = line + first / 4u; i < end; i += 8u) {
    even += (x[i] + x[i + 1u]) + (x[i + 2u] + x[i + 3u]);
    odd += (x[i + 4u] + x[i + 5u]) + (x[i + 6u] + x[i + 7u]);
  }
  let sum = even + odd;
  return (sum.x + sum.y) + (sum.z + sum.w);
}

@compute @workgroup_size(64)
fn parts(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let row = i / part_count(params.columns);
  if (row >= params.rows) {
    return;
  }
  scratch[i] = part_sum(row, i % part_count(params.columns));
}

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
  var sum = 0.0;
  if (PART == WHOLE) {
    sum = part_sum(row, 0u);
  } else {
    for (var part = 0u; part < part_count(params.columns); part++) {
      sum += scratch[row * part_count(params.columns) + part];
    }
  }
  out[row] = sum;
}
