// y = factor * x where an element is kept, else 0.
// Declared in src/ops/kernels/dropout.ts. One invocation: 32 elements, whose draws are made together.

//! use grid
//! use step
//! use dropping
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> step: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

struct Params {
  length: u32,
  key0: u32,
  key1: u32,
  stream: u32,
  threshold: u32,
  factor: f32,
}
@group(0) @binding(3) var<uniform> params: Params;

/// Writes vector `i`, of which some elements are kept.
fn write(i: u32, kept: vec4<bool>) {
  if (4u * i >= params.length) {
    return;
  }
  let result = select(vec4f(), params.factor * x[i], kept);
  // The last vector may reach behind the end, where every element stays.
  y[i] = select(y[i], result, below(i, params.length));
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (32u * i >= params.length) {
    return;
  }
  let draws = draws_of(i);
  write(8u * i, kept_low(draws.a));
  write(8u * i + 1u, kept_high(draws.a));
  write(8u * i + 2u, kept_low(draws.b));
  write(8u * i + 3u, kept_high(draws.b));
  write(8u * i + 4u, kept_low(draws.c));
  write(8u * i + 5u, kept_high(draws.c));
  write(8u * i + 6u, kept_low(draws.d));
  write(8u * i + 7u, kept_high(draws.d));
}
