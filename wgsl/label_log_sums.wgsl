// What a softmax over all labels needs of the logits of a chunk. Declared in src/ops/kernels/label_log_sums.ts.
// One invocation: one column.

//! use grid
//! use stretches
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read_write> logs: array<f32>;

struct Params {
  rows: u32,
  columns: u32,
  first: u32,
  most: u32,
  weighted: u32,
  fresh: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let column = invocation(group, groups, lane);
  let stride = params.columns;
  if (column >= stride) {
    return;
  }
  let begins = FIRST && params.fresh == 1u;
  let end = params.firstTerm + params.someTerms;
  var largest = logits[params.firstTerm * stride + column];
  for (var row = params.firstTerm + 1u; row < end; row++) {
    largest = max(largest, logits[row * stride + column]);
  }
  var before = 0.0;
  if (!begins) {
    before = logs[stride + column];
    // What was the largest takes part, and what is summed up so far shrinks with it.
    let held = logs[column];
    largest = max(largest, held);
    before *= exp(held - largest);
  }
  var sum = 0.0;
  for (var row = params.firstTerm; row < end; row++) {
    sum += exp(logits[row * stride + column] - largest);
  }
  logs[column] = largest;
  logs[stride + column] = before + sum;
  if (!FIRST) {
    return;
  }
  var weight = 0.0;
  var count = 0.0;
  if (!begins) {
    weight = logs[2u * stride + column];
    count = logs[3u * stride + column];
  }
  for (var i = 0u; i < params.most; i++) {
    let label = labels[i * stride + column];
    if (label >= params.first + params.rows) {
      break;
    }
    if (label >= params.first) {
      var own = 1.0;
      if (params.weighted == 1u) {
        own = weights[label - params.first];
      }
      weight += own;
      count += 1.0;
    }
  }
  logs[2u * stride + column] = weight;
  logs[3u * stride + column] = count;
}
