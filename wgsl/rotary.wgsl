// Pairs of features turned by the angle of their position.
// Declared in src/ops/kernels/rotary.ts. One invocation: one pair of an example.

//! use grid
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(2) var<storage, read> places: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

struct Params {
  heads: u32,
  half: u32,
  positions: u32,
  examples: u32,
  angles: u32,
  placed: u32,
  direction: f32,
}
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let columns = params.positions * params.examples;
  let pair = i / columns;
  if (pair >= params.heads * params.half) {
    return;
  }
  let column = i % columns;
  var place = column / params.examples;
  if (params.placed == 1u) {
    place = places[column];
  }
  let angle = pair % params.half * params.angles + place;
  let first = (pair / params.half * params.half + pair) * columns + column;
  let second = first + params.half * columns;
  let cosine = table[angle];
  let sine = params.direction * table[params.half * params.angles + angle];
  let a = x[first];
  let b = x[second];
  y[first] = a * cosine - b * sine;
  y[second] = b * cosine + a * sine;
}
