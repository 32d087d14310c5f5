// Columns normalised over their rows. Declared in src/ops/kernels/feature_norm.ts. What is known of columns lies in scratch memory,
// as the mean and the sum of squared deviations, first of parts and then of whole ones:
//   parts  one invocation: a part of one column;
//   join   one invocation: one column, put together of its parts;
//   main   one invocation: one element.

//! use grid
//! use parts
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> gain: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> statistics: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> scratch: array<vec2f>;

struct Params {
  rows: u32,
  columns: u32,
  epsilon: f32,
  centred: u32,
  shifted: u32,
}
@group(0) @binding(6) var<uniform> params: Params;

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
  let first = part * PART;
  let end = part_end(first, params.rows);
  var mean = 0.0;
  if (params.centred != 0u) {
    for (var row = first; row < end; row++) {
      mean += x[row * params.columns + column];
    }
    mean /= f32(end - first);
  }
  var squares = 0.0;
  for (var row = first; row < end; row++) {
    let deviation = x[row * params.columns + column] - mean;
    squares += deviation * deviation;
  }
  scratch[i] = vec2f(mean, squares);
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
  var sum = 0.0;
  for (var part = 0u; part < count; part++) {
    let size = f32(part_end(part * PART, params.rows) - part * PART);
    sum += size * scratch[part * params.columns + column].x;
  }
  let mean = sum / f32(params.rows);
  var squares = 0.0;
  for (var part = 0u; part < count; part++) {
    let size = f32(part_end(part * PART, params.rows) - part * PART);
    let known = scratch[part * params.columns + column];
    squares += known.y + size * (known.x - mean) * (known.x - mean);
  }
  statistics[column] = mean;
  statistics[params.columns + column] = inverseSqrt(squares / f32(params.rows) + params.epsilon);
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
  let row = i / params.columns;
  let column = i % params.columns;
  let normalised = (x[i] - statistics[column]) * statistics[params.columns + column];
  y[i] = normalised * gain[row] + select(0.0, bias[row], params.shifted != 0u);
}
