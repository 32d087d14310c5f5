// Gradients of what was normalised, of gains and of biases. Declared in src/ops/kernels/feature_norm_gradient.ts. What is known of
// columns lies in scratch memory, as the sums of g and of g h, first of parts and then of whole columns:
//   parts   one invocation: a part of one column;
//   join    one invocation: the means of one column, put together of its parts;
//   main    one invocation: one element of dx;
//   chunks  one workgroup: a chunk of columns of one row.

//! use grid
//! use lanes
//! use parts
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> statistics: array<f32>;
@group(0) @binding(3) var<storage, read> gain: array<f32>;
@group(0) @binding(4) var<storage, read_write> dgain: array<f32>;
@group(0) @binding(5) var<storage, read_write> dbias: array<f32>;
@group(0) @binding(6) var<storage, read_write> dx: array<f32>;
@group(0) @binding(7) var<storage, read_write> scratch: array<vec2f>;

struct Params {
  rows: u32,
  columns: u32,
  chunk: u32,
  centred: u32,
}
@group(0) @binding(8) var<uniform> params: Params;

/// The normalised element `i` of a column.
fn normalised(i: u32, column: u32) -> f32 {
  return (x[i] - statistics[column]) * statistics[params.columns + column];
}

@compute @workgroup_size(64)
fn parts(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let part = i / params.columns;
  if (part >= part_count(params.rows)) {
    return;
  }
  let column = i % params.columns;
  var sums = vec2f();
  for (var row = part * PART; row < part_end(part * PART, params.rows); row++) {
    let at = row * params.columns + column;
    let slope = gain[row] * dy[at];
    sums += vec2f(slope, slope * normalised(at, column));
  }
  scratch[i] = sums;
}

@compute @workgroup_size(64)
fn join(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let column = invocation(group, groups, lane);
  if (column >= params.columns) {
    return;
  }
  let count = part_count(params.rows);
  var sums = vec2f();
  for (var part = 0u; part < count; part++) {
    sums += scratch[part * params.columns + column];
  }
  let centred = vec2f(select(0.0, 1.0, params.centred != 0u), 1.0);
  scratch[count * params.columns + column] = centred * sums / f32(params.rows);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (i >= params.rows * params.columns) {
    return;
  }
  let column = i % params.columns;
  let means = scratch[part_count(params.rows) * params.columns + column];
  let rest = gain[i / params.columns] * dy[i] - means.x - normalised(i, column) * means.y;
  dx[i] = statistics[params.columns + column] * rest;
}

@compute @workgroup_size(64)
fn chunks(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = group.y * groups.x + group.x;
  let first = i / params.rows * params.chunk;
  if (first >= params.columns) {
    return;
  }
  let row = i % params.rows;
  var products = 0.0;
  var sum = 0.0;
  for (var some = 0u; some < params.chunk; some += 64u) {
    let column = first + some + lane;
    if (some + lane < params.chunk && column < params.columns) {
      let at = row * params.columns + column;
      products += dy[at] * normalised(at, column);
      sum += dy[at];
    }
  }
  let product_sum = sum_lanes(products, lane);
  workgroupBarrier();
  let total = sum_lanes(sum, lane);
  if (lane == 0u) {
    dgain[i] = product_sum;
    dbias[i] = total;
  }
}
