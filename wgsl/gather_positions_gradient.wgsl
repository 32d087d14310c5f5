// Adds the gradients of named columns to the positions that they came from.
// Declared in src/ops/kernels/gather_positions_gradient.ts, which chooses the entry point:
//   clear  four elements of dx for an invocation;
//   main   a feature of an example for an invocation, which alone writes there.

//! use grid
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> places: array<u32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

struct Params {
  features: u32,
  positions: u32,
  count: u32,
  examples: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn clear(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = 4u * invocation(group, groups, lane);
  //! repeat j 0 4
  if (i + ${j}u < params.features * params.positions * params.examples) {
    dx[i + ${j}u] = 0.0;
  }
  //! end
}

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
  let example = i % params.examples;
  let end = params.firstTerm + params.someTerms;
  for (var k = params.firstTerm; k < end; k++) {
    let place = places[k * params.examples + example];
    if (place < params.positions) {
      let at = (feature * params.positions + place) * params.examples + example;
      dx[at] += dy[(feature * params.count + k) * params.examples + example];
    }
  }
}
