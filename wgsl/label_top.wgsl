// The largest logits of every column so far, with their labels. Declared in src/ops/kernels/label_top.ts.
// One invocation: one column.

//! use grid
//! use stretches
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> numbers: array<u32>;
@group(0) @binding(2) var<storage, read_write> scores: array<f32>;
@group(0) @binding(3) var<storage, read_write> labels: array<u32>;

struct Params {
  rows: u32,
  columns: u32,
  first: u32,
  top: u32,
  fresh: u32,
  numbered: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(4) var<uniform> params: Params;

const LOWEST: f32 = -3.4028234663852886e38;

// Whether a label comes before the one at a place of the lists.
fn precedes(logit: f32, label: u32, at: u32) -> bool {
  return logit > scores[at] || (logit == scores[at] && label < labels[at]);
}

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
  if (FIRST && params.fresh == 1u) {
    for (var i = 0u; i < params.top; i++) {
      scores[i * stride + column] = LOWEST;
      labels[i * stride + column] = 0xffffffffu;
    }
  }
  let last = (params.top - 1u) * stride + column;
  var least = scores[last];
  for (var row = params.firstTerm; row < params.firstTerm + params.someTerms; row++) {
    let logit = logits[row * stride + column];
    if (!(logit >= least)) {
      continue;
    }
    var label = params.first + row;
    if (params.numbered == 1u) {
      label = numbers[row];
    }
    if (precedes(logit, label, last)) {
      var at = last;
      for (var i = params.top - 1u; i > 0u; i--) {
        let before = at - stride;
        if (!precedes(logit, label, before)) {
          break;
        }
        scores[at] = scores[before];
        labels[at] = labels[before];
        at = before;
      }
      scores[at] = logit;
      labels[at] = label;
      least = scores[last];
    }
  }
}
