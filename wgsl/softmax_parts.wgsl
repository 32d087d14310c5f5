// The softmax of parts of columns.
// Declared in src/ops/kernels/softmax_parts.ts. One invocation: one part of a column.

//! use grid
//! use parts
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> parts: array<f32>;

struct Params {
  vocabulary: u32,
  columns: u32,
}
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let count = part_count(params.vocabulary);
  if (i >= count * params.columns) {
    return;
  }
  let first = i / params.columns * PART;
  let end = part_end(first, params.vocabulary);
  let column = i % params.columns;
  var largest = logits[first * params.columns + column];
  for (var row = first + 1u; row < end; row++) {
    largest = max(largest, logits[row * params.columns + column]);
  }
  var sum = 0.0;
  var below = 0.0;
  for (var row = first; row < end; row++) {
    let shifted = logits[row * params.columns + column] - largest;
    sum += exp(shifted);
    below += shifted;
  }
  let plane = count * params.columns;
  parts[i] = largest;
  parts[plane + i] = sum;
  parts[2u * plane + i] = below;
}
