// Sums of rows of a table that tokens name.
// Declared in src/ops/kernels/embedding.ts. One invocation: one element of y.

//! use grid
//! use stretches
@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

struct Params {
  vocabulary: u32,
  features: u32,
  positions: u32,
  columns: u32,
  weighted: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(4) var<uniform> params: Params;

/// Positions whose rows are added before their sum is added to that of the others.
const CHUNK: u32 = 256u;

/// What a position adds to a feature of a column.
fn term(feature: u32, position: u32, column: u32) -> f32 {
  let at = position * params.columns + column;
  let token = tokens[at];
  if (token >= params.vocabulary) {
    return 0.0;
  }
  let value = table[token * params.features + feature];
  if (params.weighted == 0u) {
    return value;
  }
  let weight = weights[at];
  return select(weight * value, 0.0, weight == 0.0);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let feature = i / params.columns;
  if (feature >= params.features) {
    return;
  }
  let column = i % params.columns;
  var total = 0.0;
  if (!FIRST) {
    total = y[i];
  }
  let end = params.firstTerm + params.someTerms;
  for (var begin = params.firstTerm; begin < end; begin += CHUNK) {
    let chunk_end = min(begin + CHUNK, end);
    var sum = 0.0;
    for (var position = begin; position < chunk_end; position++) {
      sum += term(feature, position, column);
    }
    total += sum;
  }
  y[i] = total;
}
