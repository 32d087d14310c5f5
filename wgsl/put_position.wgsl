// A column of each example, put where it is named.
// Declared in src/ops/kernels/put_position.ts. One invocation: one element of x.

//! use grid
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> places: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

struct Params {
  features: u32,
  positions: u32,
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
  let feature = i / params.examples;
  if (feature >= params.features) {
    return;
  }
  let place = places[i % params.examples];
  if (place < params.positions) {
    y[(feature * params.positions + place) * params.examples + i % params.examples] = x[i];
  }
}
