// The gradient of a table of which tokens name rows.
// Declared in src/ops/kernels/embedding_gradient.ts. One invocation: one element of the gradient.

//! use grid
//! use stretches
@group(0) @binding(0) var<storage, read> start: array<u32>;
@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> gradient: array<f32>;

struct Params {
  vocabulary: u32,
  features: u32,
  positions: u32,
  columns: u32,
  weighted: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(5) var<uniform> params: Params;

/// Places that are added before their sum is added to that of the others.
const CHUNK: u32 = 256u;

/// What a place adds to a feature of its token.
fn term(feature: u32, place: u32) -> f32 {
  let value = dy[feature * params.columns + place % params.columns];
  if (params.weighted == 0u) {
    return value;
  }
  return weights[place] * value;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let token = i / params.features;
  if (token >= params.vocabulary) {
    return;
  }
  let feature = i % params.features;
  var total = 0.0;
  if (!FIRST) {
    total = gradient[i];
  }
  // The stretch of this list.
  let list_end = start[token + 1u];
  let first = min(start[token] + params.firstTerm, list_end);
  let end = first + min(params.someTerms, list_end - first);
  for (var begin = first; begin < end; begin += CHUNK) {
    let chunk_end = min(begin + CHUNK, end);
    var sum = 0.0;
    for (var at = begin; at < chunk_end; at++) {
      sum += term(feature, order[at]);
    }
    total += sum;
  }
  gradient[i] = total;
}
