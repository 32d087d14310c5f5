// The factor that brings the global norm below a bound. Declared in src/ops/kernels/clip.ts.
// One workgroup.

//! use lanes
@group(0) @binding(0) var<storage, read> partial: array<f32>;
@group(0) @binding(1) var<storage, read_write> clip: array<f32>;
@group(0) @binding(2) var<storage, read_write> norm: array<f32>;

struct Params {
  count: u32,
  maxNorm: f32,
}
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = 0.0;
  for (var i = lane; i < params.count; i += 64u) {
    sum += partial[i];
  }
  let root = sqrt(sum_lanes(sum, lane));
  if (lane == 0u) {
    clip[0] = select(1.0, params.maxNorm / root, root > params.maxNorm);
    norm[0] = root;
  }
}
