// The gradient of the losses of a softmax over a vocabulary, in the place of its logits.
// Declared in src/ops/kernels/vocabulary_gradient.ts. One workgroup: one row.

//! use lanes
//! use stretches
@group(0) @binding(0) var<storage, read_write> logits: array<f32>;
@group(0) @binding(1) var<storage, read> statistics: array<f32>;
@group(0) @binding(2) var<storage, read> words: array<u32>;
@group(0) @binding(3) var<storage, read> shares: array<f32>;
@group(0) @binding(4) var<storage, read_write> sums: array<f32>;

struct Params {
  vocabulary: u32,
  columns: u32,
  begin: u32,
  labelShare: f32,
  classShare: f32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = group.y * groups.x + group.x;
  let inside = row < params.vocabulary;
  let end = select(0u, params.firstTerm + params.someTerms, inside);
  var sum = 0.0;
  for (var c = params.firstTerm + lane; c < end; c += 64u) {
    let at = row * params.columns + c;
    let chance = exp(logits[at] - statistics[c]) * statistics[params.columns + c];
    let label = select(0.0, params.labelShare, words[params.begin + c] == row);
    let gradient = (chance - label - params.classShare) * shares[params.begin + c];
    logits[at] = gradient;
    sum += gradient;
  }
  var total = sum_lanes(sum, lane);
  if (inside && lane == 0u) {
    if (!FIRST) {
      total += sums[row];
    }
    sums[row] = total;
  }
}
