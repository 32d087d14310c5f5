// The columns of each example that are named.
// Declared in src/ops/kernels/gather_positions.ts. One invocation: one element of y.

//! use grid
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> places: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

struct Params {
  features: u32,
  positions: u32,
  count: u32,
  examples: u32,
}
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let named = params.count * params.examples;
  let feature = i / named;
  if (feature >= params.features) {
    return;
  }
  let place = places[i % named];
  var value = 0.0;
  if (place < params.positions) {
    value = x[(feature * params.positions + place) * params.examples + i % params.examples];
  }
  y[i] = value;
}
