// The losses of some columns of a softmax over a vocabulary.
// Declared in src/ops/kernels/vocabulary_losses.ts. One invocation: one column.

//! use grid
//! use parts
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> parts: array<f32>;
@group(0) @binding(2) var<storage, read> words: array<u32>;
@group(0) @binding(3) var<storage, read> shares: array<f32>;
@group(0) @binding(4) var<storage, read_write> statistics: array<f32>;
@group(0) @binding(5) var<storage, read_write> losses: array<f32>;
@group(0) @binding(6) var<storage, read_write> right: array<f32>;

struct Params {
  vocabulary: u32,
  columns: u32,
  begin: u32,
  labelShare: f32,
  classShare: f32,
}
@group(0) @binding(7) var<uniform> params: Params;

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
  let count = part_count(params.vocabulary);
  let plane = count * params.columns;
  var largest = parts[column];
  var first = 0u;
  for (var p = 1u; p < count; p++) {
    let next = parts[p * params.columns + column];
    // The first of the parts that have the largest.
    first = select(first, p, next > largest);
    largest = max(largest, next);
  }
  var sum = 0.0;
  var below = 0.0;
  for (var p = 0u; p < count; p++) {
    let at = p * params.columns + column;
    let shifted = parts[at] - largest;
    let rows = part_end(p * PART, params.vocabulary) - p * PART;
    sum += exp(shifted) * parts[plane + at];
    below += f32(rows) * shifted + parts[2u * plane + at];
  }
  let word = words[params.begin + column];
  let chosen = logits[word * params.columns + column];
  var isRight = chosen == largest && word / PART == first;
  if (isRight) {
    for (var row = first * PART; row < word; row++) {
      isRight = isRight && logits[row * params.columns + column] != largest;
    }
  }
  let share = shares[params.begin + column];
  let loss = log(sum) - params.labelShare * (chosen - largest) - params.classShare * below;
  statistics[column] = largest;
  statistics[params.columns + column] = 1.0 / sum;
  losses[params.begin + column] = select(0.0, share * loss, share != 0.0);
  right[params.begin + column] = select(0.0, share, isRight);
}
