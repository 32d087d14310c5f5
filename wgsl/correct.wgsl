// 1 where the largest logit (the lowest class among equals) is the target, else 0. Declared in
// src/ops/kernels/correct.ts. A column of many classes is cut into parts, whose largest logits lie in
// scratch memory:
//   parts  one invocation: the classes of a part of one column;
//   main   one invocation: one column, of one part or of those.

//! use grid
//! use parts

/// A class and its logit.
struct Best {
  number: u32,
  logit: f32,
}

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<storage, read_write> scratch: array<Best>;

struct Params {
  classes: u32,
  columns: u32,
}
@group(0) @binding(4) var<uniform> params: Params;

/// The first of the largest among the classes of a part.
fn best_of(part: u32, column: u32) -> Best {
  let first = part * PART;
  let end = part_end(first, params.classes);
  var best = Best(first, logits[first * params.columns + column]);
  for (var candidate = first + 1u; candidate < end; candidate++) {
    let logit = logits[candidate * params.columns + column];
    if (logit > best.logit) {
      best = Best(candidate, logit);
    }
  }
  return best;
}

@compute @workgroup_size(64)
fn parts(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let part = i / params.columns;
  if (part >= part_count(params.classes)) {
    return;
  }
  scratch[i] = best_of(part, i % params.columns);
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
  var best = Best(0u, 0.0);
  if (PART == WHOLE) {
    best = best_of(0u, column);
  } else {
    best = scratch[column];
    for (var part = 1u; part < part_count(params.classes); part++) {
      let other = scratch[part * params.columns + column];
      if (other.logit > best.logit) {
        best = other;
      }
    }
  }
  out[column] = select(0.0, 1.0, best.number == labels[column]);
}
