// What the tokens of a bag count. Declared in src/ops/kernels/bag_weights.ts.
//   sums  one invocation: the weights of a column, added up;
//   main  one invocation: one element.

//! use grid
//! use stretches
@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<storage, read_write> scratch: array<f32>;

struct Params {
  positions: u32,
  columns: u32,
  padding: u32,
  mean: u32,
  weighted: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(4) var<uniform> params: Params;

/// Positions whose weights are added before their sum is added to that of the others.
const CHUNK: u32 = 256u;

/// The weight of an element before it is divided.
fn weight_of(i: u32) -> f32 {
  if (tokens[i] == params.padding) {
    return 0.0;
  }
  if (params.weighted == 0u) {
    return 1.0;
  }
  return weights[i];
}

@compute @workgroup_size(64)
fn sums(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let column = invocation(group, groups, lane);
  if (column >= params.columns) {
    return;
  }
  var total = 0.0;
  if (!FIRST) {
    total = scratch[column];
  }
  let end = params.firstTerm + params.someTerms;
  for (var begin = params.firstTerm; begin < end; begin += CHUNK) {
    let chunk_end = min(begin + CHUNK, end);
    var sum = 0.0;
    for (var position = begin; position < chunk_end; position++) {
      sum += weight_of(position * params.columns + column);
    }
    total += sum;
  }
  scratch[column] = total;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (i >= params.positions * params.columns) {
    return;
  }
  let weight = weight_of(i);
  if (params.mean == 0u) {
    out[i] = weight;
    return;
  }
  let sum = scratch[i % params.columns];
  out[i] = select(weight / select(sum, 1.0, sum == 0.0), 0.0, sum == 0.0);
}
