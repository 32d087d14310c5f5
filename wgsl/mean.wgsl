// Mean of the first `examples` entries. Declared in src/ops/kernels/mean.ts. One workgroup.

//! use step
//! use lanes
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> step: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

struct Params {
  columns: u32,
}
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  let examples = step[STEP_EXAMPLES];
  var sum = 0.0;
  for (var i = lane; i < min(examples, params.columns); i += 64u) {
    sum += x[i];
  }
  let total = sum_lanes(sum, lane);
  if (lane == 0u) {
    out[0] = total / f32(examples);
  }
}
