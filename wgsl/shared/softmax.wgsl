// The softmax of a column of `logits` [classes, columns], as far as its kernels share it: the largest
// logit is subtracted first, so that no exponential overflows. A column of many classes is cut into
// parts: an invocation of `parts` takes one, an invocation of `join` puts those of a column together.
// See src/ops/kernels/softmax.ts. Needs the snippets `grid` and `parts`, and `scratch` of Softmax.

/// What the softmax of some classes is made of.
struct Softmax {
  /// The largest logit.
  largest: f32,
  /// The sum of exp(logit - largest).
  sum: f32,
  /// The sum of logit - largest.
  below: f32,
}

/// Of the classes from `first` up to but not including `end`, of which there is one.
fn softmax_over(column: u32, first: u32, end: u32) -> Softmax {
  let begin = first * params.columns + column;
  let size = end * params.columns;
  var largest = logits[begin];
  for (var i = begin + params.columns; i < size; i += params.columns) {
    largest = max(largest, logits[i]);
  }
  var sum = 0.0;
  var below = 0.0;
  for (var i = begin; i < size; i += params.columns) {
    let distance = logits[i] - largest;
    sum += exp(distance);
    below += distance;
  }
  return Softmax(largest, sum, below);
}

/// Of a whole column: at once, or as `join` left it.
fn softmax_of(column: u32) -> Softmax {
  if (PART == WHOLE) {
    return softmax_over(column, 0u, params.classes);
  }
  return scratch[part_count(params.classes) * params.columns + column];
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
  let first = part * PART;
  scratch[i] = softmax_over(i % params.columns, first, part_end(first, params.classes));
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
  let count = part_count(params.classes);
  var largest = scratch[column].largest;
  for (var part = 1u; part < count; part++) {
    largest = max(largest, scratch[part * params.columns + column].largest);
  }
  var sum = 0.0;
  var below = 0.0;
  for (var part = 0u; part < count; part++) {
    let some = scratch[part * params.columns + column];
    let distance = some.largest - largest;
    sum += some.sum * exp(distance);
    let first = part * PART;
    below += some.below + f32(part_end(first, params.classes) - first) * distance;
  }
  scratch[count * params.columns + column] = Softmax(largest, sum, below);
}
