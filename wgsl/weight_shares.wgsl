// What each column counts in a mean.
// Declared in src/ops/kernels/weight_shares.ts, which chooses the entry point:
//   total  one workgroup: the sum;
//   main   one invocation: one column.

//! use grid
//! use lanes
//! use step
//! use stretches
@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read> step: array<u32>;
@group(0) @binding(2) var<storage, read_write> shares: array<f32>;
@group(0) @binding(3) var<storage, read_write> scratch: array<f32>;

struct Params {
  columns: u32,
  examples: u32,
  weighted: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(4) var<uniform> params: Params;

/// What a column weighs.
fn weight(column: u32) -> f32 {
  if (column >= params.columns || column % params.examples >= step[STEP_EXAMPLES]) {
    return 0.0;
  }
  if (params.weighted == 0u) {
    return 1.0;
  }
  return weights[column];
}

@compute @workgroup_size(64)
fn total(@builtin(local_invocation_index) lane: u32) {
  var sum = 0.0;
  let end = params.firstTerm + params.someTerms;
  for (var c = params.firstTerm + lane; c < end; c += 256u) {
    // Some are added before they join the sum, lest rounding adds up over all.
    sum += (weight(c) + weight(c + 64u)) + (weight(c + 128u) + weight(c + 192u));
  }
  var all = sum_lanes(sum, lane);
  if (lane == 0u) {
    if (!FIRST) {
      all += scratch[0];
    }
    scratch[0] = all;
  }
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let c = invocation(group, groups, lane);
  if (c >= params.columns) {
    return;
  }
  // Where nothing weighs anything, all weights are 0.
  shares[c] = weight(c) / select(1.0, scratch[0], scratch[0] > 0.0);
}
