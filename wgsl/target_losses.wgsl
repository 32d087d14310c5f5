// A loss, or what else is measured, of every column. Declared in src/ops/kernels/target_losses.ts. A
// column of many rows is cut into parts, whose sums lie in scratch memory:
//   parts  one invocation: the rows of a part of one column;
//   main   one invocation: one column, of one part or of those.

//! use grid
//! use log_1p
//! use parts
//! use targets
@group(0) @binding(0) var<storage, read> outputs: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<f32>;
@group(0) @binding(2) var<storage, read_write> losses: array<f32>;
@group(0) @binding(3) var<storage, read_write> scratch: array<f32>;

struct Params {
  rows: u32,
  columns: u32,
  kind: u32,
  positiveWeight: f32,
  targetScale: f32,
  targetShift: f32,
}
@group(0) @binding(4) var<uniform> params: Params;

/// What an output and its target add to the sum of their column. All terms are positive, so nothing cancels.
fn term_of(x: f32, t: f32) -> f32 {
  if (params.kind == TARGET_LOSS_SQUARE) {
    return (x - t) * (x - t);
  }
  if (params.kind == TARGET_LOSS_ABSOLUTE) {
    return abs(x - t);
  }
  if (params.kind == TARGET_LOSS_LOGISTIC) {
    let u = smoothed(t);
    let rest = log_1p(exp(-abs(x)));
    return params.positiveWeight * u * (max(-x, 0.0) + rest) + (1.0 - u) * (max(x, 0.0) + rest);
  }
  let right = (x > 0.0) == (t > 0.5);
  return select(0.0, 1.0, right == (params.kind == TARGET_LOSS_RIGHT));
}

/// The sum over the rows of a part.
fn part_sum(part: u32, column: u32) -> f32 {
  let first = part * PART;
  let end = part_end(first, params.rows);
  var sum = 0.0;
  for (var row = first; row < end; row++) {
    let at = row * params.columns + column;
    sum += term_of(outputs[at], targets[at]);
  }
  return sum;
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
  scratch[i] = part_sum(part, i % params.columns);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let column = invocation(group, groups, lane);
  if (column >= params.columns) {
    return;
  }
  var sum = 0.0;
  if (PART == WHOLE) {
    sum = part_sum(0u, column);
  } else {
    for (var part = 0u; part < part_count(params.rows); part++) {
      sum += scratch[part * params.columns + column];
    }
  }
  let none = select(0.0, 1.0, sum == 0.0);
  losses[column] = select(sum / f32(params.rows), none, params.kind == TARGET_LOSS_EXACT);
}
