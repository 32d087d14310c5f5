// Losses over a chunk of labels, and their gradient in the place of the logits. Declared in
// src/ops/kernels/label_losses.ts.
//   marks  an invocation: which of 32 rows apply to a column, as the bits of a word of scratch memory;
//   main   a workgroup: eight rows, eight invocations each, with a vector of four columns at a time.

//! use grid
//! use log_1p
//! use step
//! use stretches
const LABEL_LOSS_HINGE: u32 = 0u;
const LABEL_LOSS_LOGISTIC: u32 = 1u;
const LABEL_LOSS_SOFTMAX: u32 = 2u;

@group(0) @binding(0) var<storage, read_write> logits: array<vec4f>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read> logs: array<f32>;
@group(0) @binding(4) var<storage, read> step: array<u32>;
@group(0) @binding(5) var<storage, read_write> losses: array<f32>;
@group(0) @binding(6) var<storage, read_write> sums: array<f32>;
@group(0) @binding(7) var<storage, read_write> scratch: array<u32>;

struct Params {
  rows: u32,
  columns: u32,
  first: u32,
  most: u32,
  kind: u32,
  weighted: u32,
  scale: f32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(8) var<uniform> params: Params;

@compute @workgroup_size(64)
fn marks(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let block = i / params.columns;
  let column = i % params.columns;
  if (32u * block >= params.rows) {
    return;
  }
  let begin = params.first + 32u * block;
  let end = min(begin + 32u, params.first + params.rows);
  var low = 0u;
  var high = params.most;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (labels[middle * params.columns + column] < begin) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  var bits = 0u;
  for (var turn = 0u; turn < 32u && low < params.most; turn++) {
    let label = labels[low * params.columns + column];
    if (label >= end) {
      break;
    }
    bits |= 1u << (label - begin);
    low++;
  }
  scratch[i] = bits;
}

/// The same of a softmax over all labels.
fn softmax_of(z: f32, applies: bool, weight: f32, column: u32) -> vec2f {
  let count = logs[3u * params.columns + column];
  if (count == 0.0) {
    return vec2f();
  }
  let largest = logs[column];
  let sum = logs[params.columns + column];
  let own = select(0.0, weight / count, applies);
  let loss = own * (log(sum) + (largest - z));
  let share = exp(z - largest) / sum;
  return vec2f(loss, logs[2u * params.columns + column] / count * share - own);
}

/// The loss of a logit, and its derivative.
fn loss_of(z: f32, applies: bool, weight: f32, column: u32) -> vec2f {
  if (params.kind == LABEL_LOSS_SOFTMAX) {
    return softmax_of(z, applies, weight, column);
  }
  // As if the label did not apply: the sign of a logit turns, and so does that of the derivative.
  let x = select(z, -z, applies);
  let turn = select(1.0, -weight, applies);
  var loss = 0.0;
  var slope = 0.0;
  if (params.kind == LABEL_LOSS_HINGE) {
    let lack = max(0.0, 1.0 + x);
    loss = lack * lack;
    slope = 2.0 * lack;
  } else {
    let small = exp(-abs(x));
    let upper = 1.0 / (1.0 + small);
    loss = max(x, 0.0) + log_1p(small);
    slope = select(small * upper, upper, x > 0.0);
  }
  return vec2f(abs(turn) * loss, turn * slope);
}

/// What each invocation of the workgroup has summed up: loss and gradient.
var<workgroup> parts: array<vec2f, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.y * groups.x + group.x;
  let blocks = (params.rows + 255u) / 256u * 32u;
  let row = 8u * block + lane / 8u;
  let inside = row < params.rows;
  let examples = step[STEP_EXAMPLES];
  let share = params.scale / f32(examples);
  var weight = 1.0;
  if (inside && params.weighted == 1u) {
    weight = weights[row];
  }
  let end = select(0u, params.firstTerm + params.someTerms, inside);
  var sum = vec2f();
  for (var column = params.firstTerm + 4u * (lane % 8u); column < end; column += 32u) {
    let at = (row * params.columns + column) / 4u;
    let logit = logits[at];
    let words = (row / 32u) * params.columns + column;
    var gradient = vec4f();
    //! repeat e 0 4
    if (column + ${e}u < examples) {
      let applies = ((scratch[words + ${e}u] >> (row % 32u)) & 1u) == 1u;
      let found = share * loss_of(logit[${e}], applies, weight, column + ${e}u);
      gradient[${e}] = found.y;
      sum += found;
    }
    //! end
    logits[at] = gradient;
  }
  parts[lane] = sum;
  workgroupBarrier();
  if (lane % 8u == 0u && inside) {
    var total = 0.0;
    for (var i = 0u; i < 8u; i++) {
      total += parts[lane + i].y;
    }
    if (!FIRST) {
      total += sums[row];
    }
    sums[row] = total;
  }
  if (lane == 0u && block < blocks) {
    // 0 where there are no rows.
    var total = 0.0;
    for (var i = 0u; i < 64u; i++) {
      total += parts[i].x;
    }
    if (!FIRST) {
      total += losses[block];
    }
    losses[block] = total;
  }
}
